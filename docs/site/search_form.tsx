import type { Child } from "hono/jsx";

/** Where somebody asks, and is told; drawn by `search.js` and `search.css`. */
export function SearchForm(): Child {
  return (
    <form role="search" class="search">
      <input
        id="query"
        type="search"
        placeholder="Search (/)"
        aria-label="Search"
        autocomplete="off"
      />
      <div id="results" hidden></div>
    </form>
  );
}

/** The same, as HTML. */
export function drawSearchForm(): string {
  return String(<SearchForm />);
}
