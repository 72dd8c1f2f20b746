/** The program that takes part with ZeroMQ. */
import { join } from "../clients/zeromq.ts";
import { serveMember } from "../serve_member.ts";

await serveMember(join);
