/* What pages do beyond links and forms: shelves that scroll, one dialog, notices, impressions.
   Everything works without this file; it only makes it smoother. */
(function () {
  "use strict";

  const root = document.documentElement;
  const body = document.body;
  root.classList.add("js");

  // --- shelves ---------------------------------------------------------------------------------

  function trackOf(button) {
    return document.getElementById(button.getAttribute("aria-controls"));
  }

  function updateButtons(track) {
    const end = track.scrollWidth - track.clientWidth - 2;
    document.querySelectorAll('[data-scroll][aria-controls="' + track.id + '"]').forEach((b) => {
      b.disabled = b.dataset.scroll === "-1" ? track.scrollLeft <= 2 : track.scrollLeft >= end;
    });
  }

  function setUpShelves() {
    document.querySelectorAll(".shelf__track").forEach((track) => {
      if (track.dataset.ready) return;
      track.dataset.ready = "1";
      track.addEventListener("scroll", () => updateButtons(track), { passive: true });
      updateButtons(track);
    });
  }

  window.addEventListener("resize", () => {
    document.querySelectorAll(".shelf__track").forEach(updateButtons);
  });

  // --- clicks ----------------------------------------------------------------------------------

  const dialog = document.getElementById("dialog");

  document.addEventListener("click", (event) => {
    const scroll = event.target.closest("[data-scroll]");
    if (scroll) {
      const track = trackOf(scroll);
      const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
      track.scrollBy({
        left: Number(scroll.dataset.scroll) * track.clientWidth * 0.85,
        behavior: calm ? "auto" : "smooth",
      });
    }
    const step = event.target.closest("[data-step]");
    if (step) {
      const input = step.parentElement.querySelector('input[type="number"]');
      if (step.dataset.step === "1") input.stepUp();
      else input.stepDown();
    }
    if (event.target.closest("[data-close-dialog]") || event.target === dialog) dialog.close();
  });

  // --- the dialog ------------------------------------------------------------------------------

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target && event.detail.target.id === "dialog-body" && !dialog.open) {
      dialog.showModal();
    }
  });

  // --- notices ---------------------------------------------------------------------------------

  const toasts = document.getElementById("toasts");
  const SECONDS = 7;

  function retire(toast) {
    let timer = setTimeout(() => toast.remove(), SECONDS * 1000);
    const hold = () => clearTimeout(timer);
    const release = () => {
      clearTimeout(timer);
      timer = setTimeout(() => toast.remove(), SECONDS * 500);
    };
    toast.addEventListener("mouseenter", hold);
    toast.addEventListener("focusin", hold);
    toast.addEventListener("mouseleave", release);
    toast.addEventListener("focusout", release);
  }

  function say(text) {
    const toast = document.createElement("div");
    toast.className = "toast toast--error";
    toast.textContent = text;
    toasts.append(toast);
  }

  new MutationObserver((changes) => {
    // A modal dialog covers the page: notices move into it while it is open.
    (dialog.open ? dialog : body).append(toasts);
    changes.forEach((change) =>
      change.addedNodes.forEach((node) => {
        if (node.nodeType === 1) retire(node);
      }),
    );
    while (toasts.children.length > 3) toasts.firstElementChild.remove();
  }).observe(toasts, { childList: true });
  Array.from(toasts.children).forEach(retire);
  dialog.addEventListener("close", () => body.append(toasts));

  document.addEventListener("htmx:responseError", (event) => {
    const texts = { 403: body.dataset.expired, 404: body.dataset.missing };
    say(texts[event.detail.xhr.status] || body.dataset.failed);
  });
  document.addEventListener("htmx:sendError", () => say(body.dataset.offline));

  // --- search by picture: sent as soon as there is one, unless it is too large ---------------------

  document.addEventListener("change", (event) => {
    const form = event.target.closest(".picture-form");
    if (!form || event.target.type !== "file" || !event.target.files.length) return;
    if (event.target.files[0].size > Number(form.dataset.maxBytes)) {
      event.target.value = "";
      say(form.dataset.tooLarge);
      return;
    }
    form.requestSubmit();
  });

  document.addEventListener("submit", (event) => {
    if (!event.target.matches(".picture-form")) return;
    const button = event.target.querySelector('button[type="submit"]');
    button.setAttribute("aria-busy", "true");
    // A second search while the first is on its way would only delay both.
    if (event.target.dataset.sent) event.preventDefault();
    event.target.dataset.sent = "1";
  });

  window.addEventListener("pageshow", () => {
    document.querySelectorAll(".picture-form").forEach((form) => {
      delete form.dataset.sent;
      form.querySelector('button[type="submit"]').removeAttribute("aria-busy");
    });
  });

  // --- not for me ------------------------------------------------------------------------------

  document.addEventListener("shop:liked", () => {
    if (dialog.open) dialog.close();
  });

  document.addEventListener("shop:rejected", (event) => {
    if (dialog.open) dialog.close();
    document.querySelectorAll(".shelf__track .card").forEach((card) => {
      if (card.dataset.product !== event.detail.product) return;
      const item = card.closest("li");
      const neighbour = item.nextElementSibling || item.previousElementSibling;
      card.classList.add("card--leaving");
      setTimeout(() => {
        const track = item.parentElement;
        item.remove();
        // Whoever was here by keyboard goes on from the next card, not from the top of the page.
        if (neighbour && (!document.activeElement || document.activeElement === body)) {
          neighbour.querySelector(".card__title a").focus({ preventScroll: true });
        }
        if (!track.children.length) track.closest(".shelf").remove();
        else updateButtons(track);
      }, 220);
    });
  });

  // --- filters on a phone start closed, and stay as the shopper left them ------------------------

  const wide = matchMedia("(min-width: 58.01rem)");
  let filtersOpen = null;

  function setUpFilters() {
    const box = document.getElementById("filters-box");
    if (!box || box.dataset.ready) return;
    box.dataset.ready = "1";
    if (wide.matches) box.open = true;
    else if (filtersOpen !== null) box.open = filtersOpen;
    box.addEventListener("toggle", () => {
      filtersOpen = box.open;
    });
  }

  wide.addEventListener("change", () => {
    const box = document.getElementById("filters-box");
    if (box && wide.matches) box.open = true;
  });

  // --- impressions: which recommended cards were in view ------------------------------------------

  const address = body.dataset.impressions;
  const seen = new Set();
  let waiting = [];
  let timer = 0;

  function report() {
    clearTimeout(timer);
    timer = 0;
    if (!waiting.length) return;
    const shown = waiting.splice(0, 100);
    const token = JSON.parse(body.getAttribute("hx-headers"))["X-CSRFToken"];
    fetch(address, {
      method: "POST",
      keepalive: true,
      headers: { "Content-Type": "application/json", "X-CSRFToken": token },
      body: JSON.stringify({ shown: shown }),
    }).catch(() => {});
    if (waiting.length) report();
  }

  const watcher =
    address && "IntersectionObserver" in window
      ? new IntersectionObserver(
          (entries) => {
            entries.forEach((entry) => {
              const card = entry.target;
              const key = card.dataset.trace + " " + card.dataset.product;
              if (!entry.isIntersecting || seen.has(key)) return;
              seen.add(key);
              watcher.unobserve(card);
              waiting.push({
                trace: card.dataset.trace,
                product: card.dataset.product,
                place: Number(card.dataset.place),
              });
            });
            if (waiting.length && !timer) timer = setTimeout(report, 1500);
          },
          { threshold: 0.5 },
        )
      : null;

  function watchCards() {
    if (!watcher) return;
    document.querySelectorAll(".card[data-trace]").forEach((card) => watcher.observe(card));
  }

  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") report();
  });

  // --- dwell: how long a product's page was looked at, not counting while it is hidden -------------

  const page = document.querySelector("[data-dwell]");

  if (page && navigator.sendBeacon) {
    let looked = 0;
    let since = document.visibilityState === "visible" ? performance.now() : null;

    const pause = () => {
      if (since === null) return;
      looked += performance.now() - since;
      since = null;
      // A beacon cannot set headers: the token travels in the form, as it does without scripts.
      const form = new FormData();
      form.append("csrfmiddlewaretoken", JSON.parse(body.getAttribute("hx-headers"))["X-CSRFToken"]);
      form.append("view", page.dataset.view);
      form.append("seconds", (looked / 1000).toFixed(1));
      navigator.sendBeacon(page.dataset.dwell, form);
    };

    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") pause();
      else if (since === null) since = performance.now();
    });
    window.addEventListener("pagehide", pause);
    // Back from the browser's memory: the same page goes on being looked at.
    window.addEventListener("pageshow", () => {
      if (since === null && document.visibilityState === "visible") since = performance.now();
    });
  }

  // --- at the start and after each swap ------------------------------------------------------------

  function setUp() {
    setUpShelves();
    setUpFilters();
    watchCards();
  }

  document.addEventListener("htmx:afterSettle", setUp);
  setUp();
})();
