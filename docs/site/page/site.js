/**
 * Light or dark, as a person chose it, before anything is drawn; and the list of
 * pages, which a narrow window shows when it is asked for. A classic script: a
 * browser loads no module from a file.
 */
(() => {
  // The name under which the pages of the symbols keep it, so that a choice holds there too.
  const KEY = "theme";
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  root.dataset.scripts = "on";

  const choose = (theme) => {
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  };
  const read = () => {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // Storage is switched off: the system's choice is as good.
    }
  };
  const keep = (theme) => {
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // Holds for this page only, then.
    }
  };
  choose(read());

  addEventListener("DOMContentLoaded", () => {
    const theme = document.getElementById("theme");
    theme.hidden = false;
    theme.addEventListener("click", () => {
      const now = root.dataset.theme ?? (dark.matches ? "dark" : "light");
      choose(now === "dark" ? "light" : "dark");
      keep(root.dataset.theme);
    });
    const menu = document.getElementById("menu");
    menu.hidden = false;
    menu.addEventListener("click", () => {
      const isOpen = menu.getAttribute("aria-expanded") === "true";
      menu.setAttribute("aria-expanded", String(!isOpen));
    });
  });
})();
