import { CHART_SCRIPT, CHART_STYLES } from "./chart_library.ts";
import addressJs from "./address.js" with { type: "text" };
import agentsViewJs from "./agents_view.js" with { type: "text" };
import apiJs from "./api.js" with { type: "text" };
import apiViewJs from "./api_view.js" with { type: "text" };
import appJs from "./app.js" with { type: "text" };
import auditViewJs from "./audit_view.js" with { type: "text" };
import barsJs from "./bars.js" with { type: "text" };
import baseCss from "./base.css" with { type: "text" };
import chartScriptJs from "./chart_script.js" with { type: "text" };
import controlsCss from "./controls.css" with { type: "text" };
import conversationViewJs from "./conversation_view.js" with { type: "text" };
import deadLettersViewJs from "./dead_letters_view.js" with { type: "text" };
import dialogJs from "./dialog.js" with { type: "text" };
import domJs from "./dom.js" with { type: "text" };
import downloadJs from "./download.js" with { type: "text" };
import fieldJs from "./field.js" with { type: "text" };
import formatJs from "./format.js" with { type: "text" };
import heldListJs from "./held_list.js" with { type: "text" };
import iconSvg from "./icon.svg" with { type: "text" };
import keysJs from "./keys.js" with { type: "text" };
import letterActionsJs from "./letter_actions.js" with { type: "text" };
import letterItemJs from "./letter_item.js" with { type: "text" };
import liveChartJs from "./live_chart.js" with { type: "text" };
import liveLinkJs from "./live_link.js" with { type: "text" };
import messageDialogJs from "./message_dialog.js" with { type: "text" };
import messageFiltersJs from "./message_filters.js" with { type: "text" };
import messageStoreJs from "./message_store.js" with { type: "text" };
import messagesViewJs from "./messages_view.js" with { type: "text" };
import meterJs from "./meter.js" with { type: "text" };
import narrowCss from "./narrow.css" with { type: "text" };
import overviewChartsJs from "./overview_charts.js" with { type: "text" };
import overviewViewJs from "./overview_view.js" with { type: "text" };
import partsCss from "./parts.css" with { type: "text" };
import picturesCss from "./pictures.css" with { type: "text" };
import problemsJs from "./problems.js" with { type: "text" };
import pulseJs from "./pulse.js" with { type: "text" };
import refreshJs from "./refresh.js" with { type: "text" };
import requestsViewJs from "./requests_view.js" with { type: "text" };
import ruleFormJs from "./rule_form.js" with { type: "text" };
import ruleProbeJs from "./rule_probe.js" with { type: "text" };
import rulesViewJs from "./rules_view.js" with { type: "text" };
import sendDialogJs from "./send_dialog.js" with { type: "text" };
import sequenceDiagramJs from "./sequence_diagram.js" with { type: "text" };
import sequencePlanJs from "./sequence_plan.js" with { type: "text" };
import shellCss from "./shell.css" with { type: "text" };
import tableJs from "./table.js" with { type: "text" };
import themeJs from "./theme.js" with { type: "text" };
import topicsViewJs from "./topics_view.js" with { type: "text" };
import trafficLayoutJs from "./traffic_layout.js" with { type: "text" };
import trafficPictureJs from "./traffic_picture.js" with { type: "text" };
import viewsCss from "./views.css" with { type: "text" };
import virtualListJs from "./virtual_list.js" with { type: "text" };
import whenJs from "./when.js" with { type: "text" };

/** A file that the page loads. */
export interface Asset {
  /** Its name below `page/`. */
  readonly name: string;
  /** Its media type. */
  readonly type: string;
  /** What it holds. */
  readonly text: string;
}

const CSS = "text/css; charset=utf-8";
const JS = "text/javascript; charset=utf-8";
const SVG = "image/svg+xml; charset=utf-8";

/** One file, in the order in which they build on each other. */
const STYLES = [
  baseCss,
  shellCss,
  partsCss,
  controlsCss,
  viewsCss,
  picturesCss,
  CHART_STYLES,
  narrowCss,
].join("\n");

/** Every file that the page loads, imported, so that serving them needs no permission to read. */
export const ASSETS: readonly Asset[] = [
  { name: "address.js", type: JS, text: addressJs },
  { name: "agents_view.js", type: JS, text: agentsViewJs },
  { name: "api.js", type: JS, text: apiJs },
  { name: "api_view.js", type: JS, text: apiViewJs },
  { name: "app.js", type: JS, text: appJs },
  { name: "audit_view.js", type: JS, text: auditViewJs },
  { name: "bars.js", type: JS, text: barsJs },
  { name: "chart_script.js", type: JS, text: chartScriptJs },
  { name: "conversation_view.js", type: JS, text: conversationViewJs },
  { name: "dead_letters_view.js", type: JS, text: deadLettersViewJs },
  { name: "dialog.js", type: JS, text: dialogJs },
  { name: "dom.js", type: JS, text: domJs },
  { name: "download.js", type: JS, text: downloadJs },
  { name: "field.js", type: JS, text: fieldJs },
  { name: "format.js", type: JS, text: formatJs },
  { name: "held_list.js", type: JS, text: heldListJs },
  { name: "icon.svg", type: SVG, text: iconSvg },
  { name: "keys.js", type: JS, text: keysJs },
  { name: "letter_actions.js", type: JS, text: letterActionsJs },
  { name: "letter_item.js", type: JS, text: letterItemJs },
  { name: "live_chart.js", type: JS, text: liveChartJs },
  { name: "live_link.js", type: JS, text: liveLinkJs },
  { name: "message_dialog.js", type: JS, text: messageDialogJs },
  { name: "message_filters.js", type: JS, text: messageFiltersJs },
  { name: "message_store.js", type: JS, text: messageStoreJs },
  { name: "messages_view.js", type: JS, text: messagesViewJs },
  { name: "meter.js", type: JS, text: meterJs },
  { name: "overview_charts.js", type: JS, text: overviewChartsJs },
  { name: "overview_view.js", type: JS, text: overviewViewJs },
  { name: "page.css", type: CSS, text: STYLES },
  { name: "problems.js", type: JS, text: problemsJs },
  { name: "pulse.js", type: JS, text: pulseJs },
  { name: "refresh.js", type: JS, text: refreshJs },
  { name: "requests_view.js", type: JS, text: requestsViewJs },
  { name: "rule_form.js", type: JS, text: ruleFormJs },
  { name: "rule_probe.js", type: JS, text: ruleProbeJs },
  { name: "rules_view.js", type: JS, text: rulesViewJs },
  { name: "send_dialog.js", type: JS, text: sendDialogJs },
  { name: "sequence_diagram.js", type: JS, text: sequenceDiagramJs },
  { name: "sequence_plan.js", type: JS, text: sequencePlanJs },
  { name: "table.js", type: JS, text: tableJs },
  { name: "theme.js", type: JS, text: themeJs },
  { name: "topics_view.js", type: JS, text: topicsViewJs },
  { name: "traffic_layout.js", type: JS, text: trafficLayoutJs },
  { name: "traffic_picture.js", type: JS, text: trafficPictureJs },
  { name: "virtual_list.js", type: JS, text: virtualListJs },
  { name: "when.js", type: JS, text: whenJs },
  { name: "uplot.js", type: JS, text: CHART_SCRIPT },
];

const IMPORT = /^(?:import|export)\b[^"]*? from "\.\/([^"]+)";$/gm;

/**
 * Scripts, and all that they import, each once: named in the page, they are
 * asked for together, and not one after the other as each is read.
 */
export function withImports(names: readonly string[]): string[] {
  const all = new Set(names);
  for (const name of all) {
    const text = ASSETS.find((asset) => asset.name === name)?.text ?? "";
    for (const [, imported = ""] of text.matchAll(IMPORT)) all.add(imported);
  }
  return [...all];
}
