/**
 * Light or dark, as a person chose it, before anything is drawn: a classic
 * script, because a module would run after the first frame.
 */
(() => {
  const KEY = "busbar-theme";
  const choose = (theme) => {
    if (theme === "light" || theme === "dark") {
      document.documentElement.dataset.theme = theme;
    } else delete document.documentElement.dataset.theme;
  };
  const read = () => {
    try {
      return localStorage.getItem(KEY) ?? "system";
    } catch {
      return "system"; // Storage is switched off: the system's choice is as good.
    }
  };
  choose(read());
  addEventListener("DOMContentLoaded", () => {
    const select = document.getElementById("theme");
    if (!select) return;
    select.value = read();
    select.addEventListener("change", () => {
      choose(select.value);
      dispatchEvent(new Event("themechange"));
      try {
        localStorage.setItem(KEY, select.value);
      } catch {
        // Holds for this page only, then.
      }
    });
  });
})();
