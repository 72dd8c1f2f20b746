/** Who a request came from: nobody that had to say, a program, or one of the signed-in browsers. */
export type Actor = "anybody" | "program" | `browser ${number}`;

/** What is known of a request once the guard has let it in. */
export interface InspectorEnv {
  Variables: {
    /** Who sent it. */
    actor?: Actor;
    /** What it did, in a few words; routes that change something say so. */
    action?: string;
  };
}
