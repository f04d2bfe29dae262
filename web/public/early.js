// Runs before the first paint, so that a dark page never flashes light.
// A file of its own: the content security policy allows no inline script.
(function () {
  var theme = "system";
  var density = "compact";
  try {
    theme = localStorage.getItem("deskbell.theme") || theme;
    density = localStorage.getItem("deskbell.density") || density;
  } catch (_) {
    // Storage may be switched off: the system's theme is fine then.
  }
  var dark = theme === "dark" || (theme === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
  document.documentElement.setAttribute("data-density", density);
})();
