"use strict";
// The neighbourhood of an entity as a picture, and as a list that holds the same.
document.addEventListener("DOMContentLoaded", () => {
  const root = document.getElementById("kg-graph");
  if (!root) return;
  const say = (name, values = {}) =>
    root.dataset[`say${name}`].replace(/\{(\w+)\}/g, (_all, key) => values[key] ?? "");
  const at = (id) => document.getElementById(id);
  const controls = at("kg-controls");
  const style = getComputedStyle(root);
  const colours = {};
  for (const item of root.querySelectorAll(".kg-legend [data-kind]")) {
    const dot = getComputedStyle(item.querySelector(".kg-dot"));
    colours[item.dataset.kind] = dot.getPropertyValue("--kind").trim();
  }
  const ink = style.getPropertyValue("--kg-ink").trim();
  const line = style.getPropertyValue("--kg-edge").trim();
  const ground = style.getPropertyValue("--kg-ground").trim();
  let centre = root.dataset.key;
  let asked = 0;

  const element = (tag, className, text) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };

  const cy = window.cytoscape && window.cytoscape({
    container: at("kg-canvas"),
    minZoom: 0.25,
    maxZoom: 2.5,
    boxSelectionEnabled: false,
    autounselectify: true,
    // A finger on the picture scrolls the page; two fingers and the buttons move the picture.
    userPanningEnabled: !window.matchMedia("(pointer: coarse)").matches,
    style: [
      { selector: "node", style: {
        "background-color": "data(colour)", width: 30, height: 30,
        label: "data(short)", color: ink, "font-size": 11, "font-family": style.fontFamily,
        "text-valign": "bottom", "text-margin-y": 5, "text-wrap": "wrap", "text-max-width": 104,
        "text-background-color": ground, "text-background-opacity": 0.8, "text-background-padding": 1,
        "border-width": 2, "border-color": "data(colour)", "min-zoomed-font-size": 4 } },
      { selector: "node.has-picture", style: {
        shape: "round-rectangle", width: 48, height: 48, "background-color": "#fff" } },
      { selector: "node[picture]", style: {
        "background-image": "data(picture)", "background-fit": "cover", "background-image-crossorigin": "null" } },
      { selector: "node.is-centre", style: {
        width: 58, height: 58, "border-width": 4, "font-size": 13, "font-weight": 600, "text-max-width": 150 } },
      { selector: "node.is-centre.has-picture", style: { width: 72, height: 72 } },
      { selector: "node.is-mute", style: { label: "" } },
      { selector: "node.is-near", style: { label: "data(short)" } },
      { selector: "edge", style: {
        width: "mapData(confidence, 0, 1, 1, 2.5)", "line-color": line, "curve-style": "bezier",
        "target-arrow-shape": "triangle", "target-arrow-color": line, "arrow-scale": 0.8, color: ink,
        "font-size": 10, "text-background-color": ground, "text-background-opacity": 0.9,
        "text-background-padding": 2, "text-rotation": "autorotate" } },
      { selector: "edge.is-faint", style: { opacity: 0.5 } },
      { selector: "edge.is-near", style: { opacity: 1 } },
      { selector: "edge.is-named, edge.is-near", style: { label: "data(label)" } },
      { selector: ".is-near", style: { "z-index": 9 } },
      { selector: "edge.is-near", style: { "line-color": ink, "target-arrow-color": ink } },
      { selector: ".is-far", style: { opacity: 0.18 } },
    ],
  });

  const light = (key) => {
    for (const row of root.querySelectorAll(".kg-node")) row.classList.toggle("is-lit", row.dataset.key === key);
    if (!cy) return;
    cy.batch(() => {
      cy.elements().removeClass("is-near is-far");
      if (!key) return;
      const near = cy.getElementById(key).closedNeighborhood();
      cy.elements().not(near).addClass("is-far");
      near.addClass("is-near");
    });
  };

  const shorten = (name) => (name.length > 42 ? `${name.slice(0, 40).trimEnd()}…` : name);

  // A drawing that scales freely has no size of its own, and the picture needs one.
  const bitmaps = new Map();
  const bitmap = (address) => {
    if (!bitmaps.has(address)) {
      bitmaps.set(address, new Promise((resolve) => {
        const image = new Image();
        image.onload = () => {
          const canvas = document.createElement("canvas");
          canvas.width = canvas.height = 144;
          const ratio = Math.max(1, (image.naturalWidth || 1) / (image.naturalHeight || 1));
          canvas.getContext("2d").drawImage(image, 0, 0, 144 * ratio, 144 * ratio * (image.naturalHeight || 1) / (image.naturalWidth || 1));
          try { resolve(canvas.toDataURL()); } catch { resolve(address); }
        };
        image.onerror = () => resolve(address);
        image.src = address;
      }));
    }
    return bitmaps.get(address);
  };

  // Rings around the centre by distance; who hangs on the same neighbour sits on the same side.
  const place = (found) => {
    const gap = found.nodes.length <= 26 ? 128 : 64;
    const canvas = at("kg-canvas").getBoundingClientRect();
    const wide = Math.max(0.85, Math.min(1.6, canvas.width / Math.max(1, canvas.height)));
    const angles = new Map([[found.centre, 0]]);
    const centre = cy.getElementById(found.centre);
    centre.position({ x: 0, y: 0 });
    const order = new Map(found.edges.map((edge, number) =>
      [edge.subject === found.centre ? edge.object : edge.object === found.centre ? edge.subject : "", number]));
    const rest = found.nodes.map((node) => node.key).filter((key) => key !== found.centre);
    const first = rest.filter((key) => order.has(key)).sort((a, b) => order.get(a) - order.get(b));
    const second = rest.filter((key) => !order.has(key));
    let radius = 0;
    const ring = (keys, room) => {
      while (keys.length) {
        const alone = keys.length <= 14 ? (0.8 * keys.length * room) / (2 * Math.PI) : 0;
        radius += Math.max(gap, radius ? 72 : 96, alone - radius);
        const members = keys.splice(0, alone ? keys.length : Math.max(3, Math.floor((2 * Math.PI * radius) / room)));
        members.forEach((key, number) => {
          const angle = (2 * Math.PI * number) / members.length - Math.PI / 2;
          angles.set(key, angle);
          cy.getElementById(key).position({ x: radius * wide * Math.cos(angle), y: radius * Math.sin(angle) });
        });
      }
    };
    ring(first, gap);
    const parent = (key) => {
      const near = cy.getElementById(key).neighborhood("node").toArray().find((node) => angles.has(node.id()));
      return near ? angles.get(near.id()) : 0;
    };
    ring(second.map((key) => [parent(key), key]).sort((a, b) => a[0] - b[0]).map(([, key]) => key), gap);
  };

  const draw = (found) => {
    if (!cy) return;
    // Words that would cover each other show only where one points; the list has them all.
    const named = found.edges.length <= 14;
    const legible = found.nodes.length <= 26;
    cy.elements().remove();
    cy.add([
      ...found.nodes.map((node) => ({
        group: "nodes",
        data: {
          id: node.key, short: shorten(node.name), colour: colours[node.kind] || "#888",
        },
        classes: [
          node.key === found.centre ? "is-centre" : legible ? "" : "is-mute", node.picture ? "has-picture" : "",
        ].join(" "),
      })),
      ...found.edges.map((edge, number) => ({
        group: "edges",
        data: { id: `e${number}`, source: edge.subject, target: edge.object, label: edge.label, confidence: edge.confidence },
        classes: named ? "is-named" : "is-faint",
      })),
    ]);
    place(found);
    for (const node of found.nodes) {
      if (node.picture) bitmap(node.picture).then((url) => cy.getElementById(node.key).data("picture", url));
    }
    cy.fit(undefined, 34);
    if (cy.zoom() > 1.25) { cy.zoom(1.25); cy.center(); }
  };

  const row = (node, words) => {
    const item = element("li", "kg-node");
    item.dataset.key = node.key;
    const button = element("button", "kg-go");
    button.type = "button";
    if (node.picture) {
      const picture = element("img", "rs-thumb");
      Object.assign(picture, { src: node.picture, width: 32, height: 32, alt: "", loading: "lazy" });
      button.append(picture);
    } else {
      button.append(element("i", `kg-dot kg-kind-${node.kind}`));
    }
    const text = element("span", "kg-go-text", node.name);
    text.append(element("small", "", [node.kind_label, words].filter(Boolean).join(" · ")));
    button.append(text);
    button.addEventListener("click", () => around(node.key, { focus: true }));
    item.addEventListener("mouseenter", () => light(node.key));
    item.addEventListener("mouseleave", () => light(""));
    button.addEventListener("focus", () => light(node.key));
    button.addEventListener("blur", () => light(""));
    const open = element("a", "kg-edit");
    open.href = node.page;
    open.setAttribute("aria-label", say("Open", { name: node.name }));
    const icon = element("span", "material-symbols-outlined", "arrow_forward");
    icon.setAttribute("aria-hidden", "true");
    open.append(icon);
    item.append(button, open);
    return item;
  };

  const list = (found) => {
    const nodes = new Map(found.nodes.map((node) => [node.key, node]));
    const groups = new Map();
    const near = new Set([found.centre]);
    const put = (heading, node, words) => {
      if (!groups.has(heading)) groups.set(heading, []);
      groups.get(heading).push([node, words]);
    };
    for (const edge of found.edges) {
      const out = edge.subject === found.centre;
      if (!out && edge.object !== found.centre) continue;
      const other = nodes.get(out ? edge.object : edge.subject);
      near.add(other.key);
      put(out ? edge.label : edge.back, other, edge.certainty);
    }
    for (const node of found.nodes) {
      if (near.has(node.key)) continue;
      const link = found.edges.find((edge) =>
        (edge.subject === node.key && near.has(edge.object)) || (edge.object === node.key && near.has(edge.subject)));
      const via = link && nodes.get(link.subject === node.key ? link.object : link.subject);
      put(say("Further"), node, via ? say("Via", { name: shorten(via.name) }) : "");
    }
    const parts = [];
    for (const [heading, members] of groups) {
      const title = element("h3", "kg-group", heading);
      title.append(element("span", "rs-muted", ` ${members.length}`));
      const rows = element("ul", "kg-nodes");
      rows.append(...members.map(([node, words]) => row(node, words)));
      parts.push(title, rows);
    }
    at("kg-list").replaceChildren(...parts);
  };

  const over = (text, className = "") => {
    at("kg-over").textContent = text;
    at("kg-over").className = `kg-over ${className}`;
    at("kg-over").hidden = !text;
  };

  const look = async (focus) => {
    const mine = ++asked;
    const chosen = [...controls.querySelectorAll("[name=predicate]:checked")].map((box) => box.value);
    const query = new URLSearchParams({ key: centre, hops: controls.elements.hops.value });
    for (const key of chosen) query.append("predicate", key);
    at("kg-chosen").textContent = chosen.length ? `(${chosen.length})` : "";
    root.setAttribute("aria-busy", "true");
    const slow = setTimeout(() => over(say("Loading")), 250);
    try {
      const answer = await fetch(`${root.dataset.url}?${query}`, { headers: { Accept: "application/json" } });
      const found = await answer.json();
      if (mine !== asked) return;
      if (!answer.ok) throw new Error(found.error);
      const middle = found.nodes.find((node) => node.key === found.centre);
      at("kg-centre").textContent = middle ? middle.name : found.centre;
      at("kg-home").hidden = centre === root.dataset.key;
      at("kg-count").textContent = say("Count", { nodes: found.nodes.length - 1, edges: found.edges.length });
      at("kg-truncated").hidden = !found.truncated;
      at("kg-truncated").textContent = found.truncated ? say("Truncated", { limit: found.nodes.length - 1 }) : "";
      const kinds = new Set(found.nodes.map((node) => node.kind));
      for (const item of root.querySelectorAll(".kg-legend [data-kind]")) {
        item.hidden = !kinds.has(item.dataset.kind);
      }
      clearTimeout(slow);
      over(found.nodes.length > 1 ? "" : say(chosen.length ? "Filtered" : "None"));
      list(found);
      draw(found);
      if (focus) (root.querySelector(".kg-go") || at("kg-home")).focus({ preventScroll: true });
    } catch (error) {
      if (mine === asked) over(`${say("Failed")} ${error.message || ""}`, "is-error");
    } finally {
      clearTimeout(slow);
      if (mine === asked) root.removeAttribute("aria-busy");
    }
  };

  const around = (key, { focus = false, push = true } = {}) => {
    centre = key;
    if (push) {
      const address = key === root.dataset.key ? location.pathname + location.search : `#around=${encodeURIComponent(key)}`;
      history.pushState({ around: key }, "", address);
    }
    look(focus);
  };
  const fromAddress = () => {
    const match = /^#around=(.+)$/.exec(location.hash);
    try { return match ? decodeURIComponent(match[1]) : root.dataset.key; } catch { return root.dataset.key; }
  };

  if (cy) {
    cy.on("tap", "node", (event) => around(event.target.id()));
    cy.on("mouseover", "node", (event) => { light(event.target.id()); at("kg-canvas").style.cursor = "pointer"; });
    cy.on("mouseout", "node", () => { light(""); at("kg-canvas").style.cursor = ""; });
    // The wheel scrolls the page, and with Ctrl the picture.
    at("kg-canvas").addEventListener("wheel", (event) => { if (!event.ctrlKey) event.stopPropagation(); }, { capture: true });
    for (const button of root.querySelectorAll("[data-zoom]")) {
      button.addEventListener("click", () => {
        const factor = Number(button.dataset.zoom);
        if (!factor) cy.fit(undefined, 34);
        else cy.zoom({ level: cy.zoom() * factor, renderedPosition: { x: cy.width() / 2, y: cy.height() / 2 } });
      });
    }
    new ResizeObserver(() => { cy.resize(); cy.fit(undefined, 34); }).observe(at("kg-canvas"));
  }
  controls.addEventListener("change", () => look(false));
  controls.addEventListener("submit", (event) => event.preventDefault());
  at("kg-home").addEventListener("click", () => around(root.dataset.key, { focus: true }));
  document.addEventListener("click", (event) => {
    for (const menu of root.querySelectorAll("details[open]")) if (!menu.contains(event.target)) menu.open = false;
  });
  window.addEventListener("popstate", () => around(fromAddress(), { push: false }));
  around(fromAddress(), { push: false });
});
