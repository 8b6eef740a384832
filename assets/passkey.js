// Passkeys on the pages before the dashboard: asks our server, then the authenticator, and sends its answer as a form.
// Without this, or in a browser that has no passkeys, the forms stay hidden and the password does.
const SAID = {
  NotAllowedError: "No passkey was given. Try again, or sign in with your password.",
  InvalidStateError: "This device has a passkey for you already.",
  SecurityError: "Passkeys do not work at this address.",
};

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const create = form.dataset.passkey === "create";
  if (!window.PublicKeyCredential?.parseRequestOptionsFromJSON) continue;
  form.hidden = false;
  const button = form.querySelector("button");
  const tell = (text) => {
    form.querySelector("[role=alert]")?.remove();
    if (!text) return;
    const alert = Object.assign(document.createElement("p"), { className: "msg", role: "alert", textContent: text });
    form.append(alert);
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    button.disabled = true;
    tell("");
    try {
      const asked = await fetch(form.dataset.ask, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      const said = await asked.json();
      if (!asked.ok) throw new Error(said.message);
      const credential = create
        ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(said) })
        : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(said) });
      form.elements.answer.value = JSON.stringify(credential.toJSON());
      form.submit();
    } catch (error) {
      tell(SAID[error.name] ?? (error.name === "Error" ? error.message : "That did not work. Try again."));
      button.disabled = false;
    }
  });
}
