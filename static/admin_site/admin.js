"use strict";
// Conveniences of confirmation pages; everything works without them.
document.addEventListener("DOMContentLoaded", () => {
  for (const back of document.querySelectorAll("[data-rs-back]")) {
    back.addEventListener("click", (event) => {
      if (window.history.length > 1) {
        event.preventDefault();
        window.history.back();
      }
    });
  }
  for (const button of document.querySelectorAll("[data-rs-copy]")) {
    button.addEventListener("click", () => {
      const text = document.getElementById(button.dataset.rsCopy).textContent;
      navigator.clipboard.writeText(text).then(() => button.classList.add("is-done"));
    });
  }
  // What prices become, while the percentage is typed.
  const percent = document.querySelector("[data-rs-percent]");
  if (!percent) return;
  const show = () => {
    const change = Number(percent.value);
    for (const cell of document.querySelectorAll("[data-rs-price]")) {
      const price = Number(cell.dataset.rsPrice);
      cell.textContent = cell.dataset.rsPrice;
      if (!percent.value || !Number.isFinite(change) || change <= -100) continue;
      const before = document.createElement("del");
      const after = document.createElement("ins");
      before.textContent = cell.dataset.rsPrice;
      after.textContent = (Math.round(price * (100 + change) + 1e-6) / 100).toFixed(2);
      cell.replaceChildren(before, after);
    }
  };
  percent.addEventListener("input", show);
  show();
});
