// Runs before anything is drawn, so that nobody sees a flash of the wrong theme: what the reader chose, else the system's.
"use strict";
(() => {
  const chosen = (() => { try { return localStorage.getItem("leadcast-theme"); } catch { return null; } })();
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
})();
