import uPlotCss from "uplot/dist/uPlot.min.css" with { type: "text" };
import uPlotJs from "uplot/dist/uPlot.iife.min.js" with { type: "text" };

/** The charts' styles. */
export const CHART_STYLES: string = uPlotCss;

/** The charts, as a script that makes the variable `uPlot`. */
export const CHART_SCRIPT: string = uPlotJs;
