import highlighter from "highlight.js/lib/core";
import bash from "highlight.js/lib/languages/bash";
import json from "highlight.js/lib/languages/json";
import typescript from "highlight.js/lib/languages/typescript";
import yaml from "highlight.js/lib/languages/yaml";

const LANGUAGES = { bash, json, typescript, yaml };

for (const [name, language] of Object.entries(LANGUAGES)) {
  highlighter.registerLanguage(name, language);
}

/** Code as HTML with its parts marked; empty for a language that is not known here. */
export function highlight(code: string, language: string): string {
  if (!highlighter.getLanguage(language)) return "";
  return highlighter.highlight(code, { language }).value;
}
