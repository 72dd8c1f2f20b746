/** Branches of one file: how many there are, and the lines of those that were never taken. */
export interface FileBranches {
  /** Its path below the project's folder. */
  readonly file: string;
  /** Branches there are. */
  readonly total: number;
  /** Lines of branches that were never taken, one for each. */
  readonly missed: readonly number[];
}

/**
 * Reads the branches out of an lcov report.
 *
 * @throws {TypeError} If it is none.
 */
export function readLcov(text: string, folder: string): FileBranches[] {
  const files: FileBranches[] = [];
  let file: string | undefined;
  let taken: { line: number; isTaken: boolean }[] = [];
  for (const line of text.split("\n")) {
    if (line.startsWith("SF:")) file = below(folder, line.slice(3));
    else if (line.startsWith("BRDA:")) taken.push(readBranch(line));
    else if (line === "end_of_record") {
      if (file === undefined) throw new TypeError("A record names no file");
      files.push(toBranches(file, taken));
      file = undefined;
      taken = [];
    }
  }
  return files;
}

function readBranch(line: string): { line: number; isTaken: boolean } {
  const [at, , , count] = line.slice("BRDA:".length).split(",");
  if (at === undefined || count === undefined || !/^\d+$/.test(at)) {
    throw new TypeError(`Cannot read branch as it is none of lcov: "${line}"`);
  }
  return { line: Number(at), isTaken: count !== "-" && count !== "0" };
}

function toBranches(
  file: string,
  branches: readonly { line: number; isTaken: boolean }[],
): FileBranches {
  const missed = branches.filter(({ isTaken }) => !isTaken)
    .map(({ line }) => line);
  return { file, total: branches.length, missed };
}

function below(folder: string, path: string): string {
  const start = folder.endsWith("/") ? folder : `${folder}/`;
  return path.startsWith(start) ? path.slice(start.length) : path;
}
