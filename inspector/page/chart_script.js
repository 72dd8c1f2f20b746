import { el } from "./dom.js";

let loading;

/** The library of the charts: a script of its own, loaded when the first chart is wanted. */
export function loadChartLibrary() {
  loading ??= new Promise((resolve, reject) => {
    document.head.append(el("script", {
      src: "page/uplot.js",
      onload: () => resolve(globalThis.uPlot),
      onerror: () => reject(new Error("The charts could not be loaded")),
    }));
  });
  return loading;
}
