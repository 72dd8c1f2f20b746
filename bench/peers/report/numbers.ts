/** Two or three digits that count. */
export function digits(value: number): string {
  if (value !== 0 && Math.abs(value) < 10) return value.toPrecision(2);
  return value.toLocaleString("en", { maximumSignificantDigits: 3 });
}

/** A rate in thousands or millions. */
export function shortRate(perSecond: number): string {
  if (perSecond >= 1e6) return `${digits(perSecond / 1e6)} M`;
  if (perSecond >= 1e4) return `${digits(perSecond / 1e3)} k`;
  return digits(perSecond);
}
