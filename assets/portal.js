// The portal works without this: it only adds live totals, asks how a payment stands, and swallows double clicks.
const root = document.documentElement.lang;

for (const form of document.querySelectorAll("form[data-sum]")) {
  const { currency, places, pay } = form.dataset;
  const button = form.querySelector("[data-pay-button]");
  const money = new Intl.NumberFormat(root, { style: "currency", currency, minimumFractionDigits: +places, maximumFractionDigits: +places });
  const typed = (input) => {
    const bare = input.value.replace(/[^\d.,-]/g, "");
    return Number(root.startsWith("fr") ? bare.replace(",", ".") : bare.replaceAll(",", "")) || 0;
  };
  const sum = () => {
    let total = 0;
    for (const tick of form.querySelectorAll("input[name=invoice]:checked:not(:disabled)")) {
      const amount = document.getElementById("amount." + tick.value);
      total += amount ? typed(amount) : tick.dataset.minor / 10 ** places;
    }
    if (!button) return;
    button.textContent = pay.replace("{}", money.format(total));
    button.disabled = total <= 0;
  };
  form.addEventListener("input", sum);
  window.addEventListener("pageshow", sum);
  sum();
}

// The card that is shown is the one that was chosen.
for (const picker of document.querySelectorAll("details.pm")) {
  picker.addEventListener("change", (event) => {
    const shown = picker.querySelector("summary");
    const chosen = event.target.closest(".choice");
    if (!chosen) return;
    for (const part of [".cardic", ".grow"]) shown.querySelector(part).innerHTML = chosen.querySelector(part).innerHTML;
    picker.open = false;
    shown.focus();
  });
}

for (const menu of document.querySelectorAll("details.menu")) {
  document.addEventListener("click", (event) => menu.contains(event.target) || (menu.open = false));
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}

for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "1";
    for (const button of form.querySelectorAll("button")) button.setAttribute("aria-busy", "true");
  });
}
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("button")) button.removeAttribute("aria-busy");
  }
});

const outcome = document.querySelector("[data-ask]");
if (outcome) {
  let wait = 1000;
  const ask = async () => {
    try {
      const answer = await fetch(outcome.dataset.ask, { cache: "no-store" });
      if (answer.ok && (await answer.json()).state !== outcome.dataset.state) return location.reload();
    } catch {
      // No network for a moment: the next try finds out.
    }
    wait = Math.min(wait * 1.15, 15000);
    setTimeout(ask, wait);
  };
  setTimeout(ask, wait);
}

// Back from the bank's or gateway's page: goes on by itself, with the same button for who has no script.
document.querySelector("form[data-go]")?.requestSubmit();
