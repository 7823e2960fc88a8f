"use strict";
// Judging by keyboard. Buttons and checkboxes do the same without this file.
(() => {
  let place = 0;
  const cards = () => [...document.querySelectorAll(".kg-proposal")];

  const go = (wanted, focus = true) => {
    const all = cards();
    if (!all.length) return;
    place = Math.max(0, Math.min(wanted, all.length - 1));
    all.forEach((card, i) => card.classList.toggle("is-current", i === place));
    if (focus) {
      all[place].focus({ preventScroll: true });
      all[place].scrollIntoView({ block: "nearest" });
    }
  };

  const press = (button) => button && button.click();

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.closest("input:not([type=checkbox]), select, textarea, [contenteditable]")) return;
    const card = cards()[place];
    switch (event.key) {
      case "j": go(place + 1); break;
      case "k": go(place - 1); break;
      case "a": press(card && card.querySelector("[data-key=a]")); break;
      case "A": press(card && card.querySelector("[data-key=A]")); break;
      case "r": press(card && card.querySelector("[data-key=r]")); break;
      case "x": press(card && card.querySelector("input[name=facts]")); break;
      case "u": press(document.querySelector(".kg-undo")); break;
      default: return;
    }
    event.preventDefault();
  });

  const mark = () => {
    const boxes = [...document.querySelectorAll("input[name=facts]")];
    const ticked = boxes.filter((box) => box.checked).length;
    const all = document.getElementById("kg-all");
    if (all) {
      all.checked = boxes.length > 0 && ticked === boxes.length;
      all.indeterminate = ticked > 0 && ticked < boxes.length;
    }
    for (const button of document.querySelectorAll(".kg-toolbar button")) button.disabled = !ticked;
    for (const box of boxes) box.closest(".kg-proposal").classList.toggle("is-ticked", box.checked);
  };

  document.addEventListener("change", (event) => {
    if (event.target.id === "kg-all") {
      for (const box of document.querySelectorAll("input[name=facts]")) box.checked = event.target.checked;
    }
    if (event.target.id === "kg-all" || event.target.name === "facts") mark();
  });
  document.addEventListener("focusin", (event) => {
    const card = event.target.closest(".kg-proposal");
    if (card) go(cards().indexOf(card), false);
  });
  // A key held down or pressed twice must not judge the next proposal unseen.
  let busy = false;
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (busy && event.target.closest("#kg-review")) event.preventDefault();
    else busy = true;
  });
  document.addEventListener("htmx:afterRequest", () => { busy = false; });
  document.addEventListener("htmx:afterSwap", () => { mark(); go(place); });
  document.addEventListener("DOMContentLoaded", () => { mark(); go(0, false); });
})();
