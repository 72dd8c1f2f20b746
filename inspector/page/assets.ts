import agentsViewJs from "./agents_view.js" with { type: "text" };
import apiJs from "./api.js" with { type: "text" };
import appCss from "./app.css" with { type: "text" };
import appJs from "./app.js" with { type: "text" };
import chartJs from "./chart.js" with { type: "text" };
import conversationViewJs from "./conversation_view.js" with { type: "text" };
import deadLettersViewJs from "./dead_letters_view.js" with { type: "text" };
import dialogJs from "./dialog.js" with { type: "text" };
import domJs from "./dom.js" with { type: "text" };
import fieldJs from "./field.js" with { type: "text" };
import formatJs from "./format.js" with { type: "text" };
import iconSvg from "./icon.svg" with { type: "text" };
import liveLinkJs from "./live_link.js" with { type: "text" };
import messageDialogJs from "./message_dialog.js" with { type: "text" };
import messagesViewJs from "./messages_view.js" with { type: "text" };
import overviewViewJs from "./overview_view.js" with { type: "text" };
import problemsJs from "./problems.js" with { type: "text" };
import pulseJs from "./pulse.js" with { type: "text" };
import refreshJs from "./refresh.js" with { type: "text" };
import requestsViewJs from "./requests_view.js" with { type: "text" };
import ruleFormJs from "./rule_form.js" with { type: "text" };
import rulesViewJs from "./rules_view.js" with { type: "text" };
import sendDialogJs from "./send_dialog.js" with { type: "text" };
import sequenceDiagramJs from "./sequence_diagram.js" with { type: "text" };
import tableJs from "./table.js" with { type: "text" };

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

/** Every file that the page loads, imported, so that serving them needs no permission to read. */
export const ASSETS: readonly Asset[] = [
  { name: "agents_view.js", type: JS, text: agentsViewJs },
  { name: "api.js", type: JS, text: apiJs },
  { name: "app.css", type: CSS, text: appCss },
  { name: "app.js", type: JS, text: appJs },
  { name: "chart.js", type: JS, text: chartJs },
  { name: "conversation_view.js", type: JS, text: conversationViewJs },
  { name: "dead_letters_view.js", type: JS, text: deadLettersViewJs },
  { name: "dialog.js", type: JS, text: dialogJs },
  { name: "dom.js", type: JS, text: domJs },
  { name: "field.js", type: JS, text: fieldJs },
  { name: "format.js", type: JS, text: formatJs },
  { name: "icon.svg", type: SVG, text: iconSvg },
  { name: "live_link.js", type: JS, text: liveLinkJs },
  { name: "message_dialog.js", type: JS, text: messageDialogJs },
  { name: "messages_view.js", type: JS, text: messagesViewJs },
  { name: "overview_view.js", type: JS, text: overviewViewJs },
  { name: "problems.js", type: JS, text: problemsJs },
  { name: "pulse.js", type: JS, text: pulseJs },
  { name: "refresh.js", type: JS, text: refreshJs },
  { name: "requests_view.js", type: JS, text: requestsViewJs },
  { name: "rule_form.js", type: JS, text: ruleFormJs },
  { name: "rules_view.js", type: JS, text: rulesViewJs },
  { name: "send_dialog.js", type: JS, text: sendDialogJs },
  { name: "sequence_diagram.js", type: JS, text: sequenceDiagramJs },
  { name: "table.js", type: JS, text: tableJs },
];
