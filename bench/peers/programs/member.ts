/** A program that takes part in a comparison: it joins one system, and does what it is asked. */
import { programArguments } from "../../process/answering.ts";
import type { ClientModule } from "../client.ts";
import { serveMember } from "../serve_member.ts";

const [file = ""] = programArguments();
const { join } = await import(
  new URL(`../clients/${file}.ts`, import.meta.url).href
) as ClientModule;
await serveMember(join);
