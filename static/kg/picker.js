"use strict";
// Entities are looked up while one types; a chosen predicate narrows the kinds on offer.
window.addEventListener("load", () => {
  const $ = window.django && window.django.jQuery;
  if (!$ || !$.fn.select2) return;
  for (const element of document.querySelectorAll("select.kg-picker")) {
    const predicate = document.getElementById(element.dataset.kgPredicate);
    $(element).select2({
      theme: "admin-autocomplete",
      width: "100%",
      allowClear: true,
      placeholder: element.dataset.placeholder,
      ajax: {
        url: element.dataset.kgFind,
        delay: 200,
        data: (params) => ({
          term: params.term || "",
          page: params.page || 1,
          side: element.dataset.kgSide,
          predicate: predicate ? predicate.value : "",
        }),
      },
    });
  }
});
