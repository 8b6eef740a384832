// What the platform leaves to JavaScript: a dialog that follows a state, a menu, a combobox, the command palette.
// Everything else is plain HTML. Roles and keys follow the ARIA Authoring Practices.
import { Children, useEffect, useId, useRef, useState } from "react";
import { createPortal } from "react-dom";
import { useNavigate } from "react-router";

const focusable = "input:not([type=hidden]):not(:disabled),select:not(:disabled),textarea,button:not([data-close])";

/** A native modal dialog: focus trap, inert page, Escape and the return of the focus are the browser's. */
export function Modal({ open, onDismiss, label, className, children }) {
  const box = useRef(null);
  useEffect(() => {
    const dialog = box.current;
    if (open && !dialog.open) {
      dialog.showModal();
      (dialog.querySelector("[data-first]") ?? dialog.querySelector(focusable))?.focus();
    }
    if (!open && dialog.open) dialog.close();
  }, [open]);
  return (
    <dialog
      ref={box}
      aria-label={label}
      className={className}
      onCancel={(event) => {
        if (event.target !== box.current) return;
        event.preventDefault();
        onDismiss?.();
      }}
      onMouseDown={(event) => event.target === box.current && onDismiss?.()}
      // An error above goes as its field is left, and the verbs move up: what was pressed is meant all the same.
      onPointerDown={(event) => event.target.closest("footer button")?.setPointerCapture(event.pointerId)}
    >
      {children}
    </dialog>
  );
}

/** First child: what the button shows. The others: items with role menuitem. */
export function Menu({ label, className, children }) {
  const [open, setOpen] = useState(false);
  const root = useRef(null);
  const [face, ...items] = Children.toArray(children);
  const entries = () => [...root.current.querySelectorAll("[role^=menuitem]")];
  useEffect(() => {
    if (!open) return;
    entries()[0]?.focus();
    const away = (event) => root.current?.contains(event.target) || setOpen(false);
    document.addEventListener("pointerdown", away);
    return () => document.removeEventListener("pointerdown", away);
  }, [open]);
  const close = () => {
    setOpen(false);
    root.current?.firstChild.focus();
  };
  // Only after the item has done its work: a form that is gone before its submit is not sent.
  const onChosen = (event) => event.target.closest("[role^=menuitem]") && setTimeout(close);
  const onKeyDown = (event) => {
    const all = entries();
    const at = all.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      all[(to + all.length) % all.length]?.focus();
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      close();
    } else if (event.key === "Tab") setOpen(false);
  };
  return (
    <div className="menu" ref={root}>
      <button
        type="button"
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={open}
        className={className}
        onClick={() => setOpen(!open)}
        onKeyDown={(event) => {
          if (event.key !== "ArrowDown" || open) return;
          event.preventDefault();
          setOpen(true);
        }}
      >
        {face}
      </button>
      {open && (
        <div role="menu" aria-label={label} onKeyDown={onKeyDown} onClick={onChosen}>
          {items}
        </div>
      )}
    </div>
  );
}

const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().trim();

/** An input with a list below: options are [value, label] pairs; what is typed may be either. */
export function Combobox({ id, name, options = [], defaultValue = "", onPick, onLeave, ...rest }) {
  const [text, setText] = useState(defaultValue);
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(-1);
  const list = useId();
  const input = useRef(null);
  useEffect(() => {
    const known = options.find(([value]) => value === defaultValue);
    setText(known ? known[1] : defaultValue);
  }, [defaultValue, options]);
  const typed = plain(text);
  const exact = options.find(([value, label]) => plain(value) === typed || plain(label) === typed);
  const starts = options.filter(([value, label]) => plain(label).startsWith(typed) || plain(value) === typed);
  const holds = options.filter((o) => !starts.includes(o) && plain(o[1]).includes(typed));
  const shown = !typed || (exact && at < 0 && !input.current?.dataset.edited) ? options : [...starts, ...holds];
  const pick = ([value, label]) => {
    setText(label);
    setOpen(false);
    setAt(-1);
    delete input.current.dataset.edited;
    onPick?.(value);
  };
  const show = () => {
    setOpen(true);
    setAt(exact && !input.current.dataset.edited ? options.indexOf(exact) : -1);
  };
  const onKeyDown = (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!open) return show();
      const step = event.key === "ArrowDown" ? 1 : -1;
      setAt((at + step + shown.length + (at < 0 && step < 0 ? 1 : 0)) % Math.max(shown.length, 1));
    } else if (event.key === "Enter" && open && shown[at]) {
      event.preventDefault();
      pick(shown[at]);
    } else if (event.key === "Escape" && open) {
      event.preventDefault();
      event.stopPropagation();
      setOpen(false);
    }
  };
  const leave = () => {
    setOpen(false);
    delete input.current.dataset.edited;
    if (exact && typed) setText(exact[1]);
    onLeave?.(exact && typed ? exact[0] : text);
  };
  useEffect(() => {
    if (open && at >= 0) document.getElementById(`${list}-${at}`)?.scrollIntoView({ block: "nearest" });
  }, [open, at]);
  return (
    <div className="combo">
      <input
        {...rest}
        id={id}
        name={name}
        ref={input}
        className="in"
        role="combobox"
        aria-autocomplete="list"
        aria-expanded={open && shown.length > 0}
        aria-controls={open && shown.length > 0 ? list : undefined}
        aria-activedescendant={open && shown[at] ? `${list}-${at}` : undefined}
        autoComplete="off"
        value={text}
        onChange={(event) => {
          event.target.dataset.edited = "1";
          setText(event.target.value);
          setOpen(true);
          setAt(-1);
        }}
        onClick={show}
        onKeyDown={onKeyDown}
        onBlur={leave}
      />
      <svg width="14" height="14" viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="2" aria-hidden="true">
        <path d="m7 15 5 5 5-5M7 9l5-5 5 5" />
      </svg>
      {open && shown.length > 0 && (
        <ul id={list} role="listbox" aria-label="Suggestions">
          {shown.map((option, i) => (
            <li
              key={option[0]}
              id={`${list}-${i}`}
              role="option"
              aria-selected={i === at}
              onMouseDown={(event) => event.preventDefault()}
              onMouseMove={() => setAt(i)}
              onClick={() => pick(option)}
            >
              {option[1]}
              <span className="muted">{option[0] !== option[1] && option[0]}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** A radio button that answers at once and follows the server: `checked` is what the server knows. */
export function Radio({ checked, onPick, ...rest }) {
  const box = useRef(null);
  useEffect(() => {
    if (checked) box.current.checked = true;
  }, [checked]);
  return <input {...rest} ref={box} type="radio" defaultChecked={checked} onChange={(event) => onPick?.(event.target.value)} />;
}

/** A checkbox that answers at once and follows the server: a new `count` shows again what the server knows, whatever was
 * ticked while the connection was away. `onPick` gets whether it is ticked. */
export function Check({ checked, count, onPick, ...rest }) {
  const box = useRef(null);
  useEffect(() => {
    box.current.checked = checked;
  }, [checked, count]);
  return <input {...rest} ref={box} type="checkbox" defaultChecked={checked} onChange={(event) => onPick?.(event.target.checked)} />;
}

/** A link to a file of ours. A click fetches it: to follow the link would be to leave the page as far as Reflex knows,
 * and it closes the websocket. What the server says instead of a file is shown for a while. */
export function Download({ to, className, children, ...rest }) {
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState("");
  useEffect(() => {
    if (!said) return;
    const timer = setTimeout(() => setSaid(""), 9000);
    return () => clearTimeout(timer);
  }, [said]);
  const onClick = async (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setSaid("");
    setSaid(await save(to));
    setBusy(false);
  };
  const note = (
    <div role="alert" className="note bad">
      <span>{said}</span>
      <button type="button" onClick={() => setSaid("")}>Dismiss</button>
    </div>
  );
  return (
    <>
      <a {...rest} href={to} download="" className={className} aria-busy={busy} onClick={onClick}>
        {children}
      </a>
      {said && createPortal(note, document.body)}
    </>
  );
}

/** Saves the file at `to`: "", or the sentence that says why there is none. */
const save = async (to) => {
  try {
    const answer = await fetch(to);
    if (!answer.ok) return sentence(await answer.text());
    const href = URL.createObjectURL(await answer.blob());
    Object.assign(document.createElement("a"), { href, download: fileName(answer.headers) }).click();
    setTimeout(() => URL.revokeObjectURL(href), 60000);
    return "";
  } catch {
    return "The file did not arrive. Check your connection and try again.";
  }
};

/** What an error page of ours says. */
const sentence = (page) =>
  new DOMParser().parseFromString(page, "text/html").querySelector("[role=alert]")?.textContent.trim() ||
  "The file could not be made. Try again in a minute.";

const fileName = (headers) => {
  const [, encoded, plainly] = /filename\*=UTF-8''([^;]+)|filename="([^"]+)"/.exec(headers.get("content-disposition")) ?? [];
  return encoded ? decodeURIComponent(encoded) : plainly ?? "";
};

/** A button that sends one file with `fields` beside it to `url`; `onDone` gets what was wrong with it, or "". */
export function Upload({ id, url, fields = {}, accept, label, most, className, onDone }) {
  const [busy, setBusy] = useState(false);
  const send = async (input) => {
    const file = input.files[0];
    if (!file || busy) return;
    setBusy(true);
    const said = most && file.size > most ? `Choose a file of at most ${Math.floor(most / 1024)} KB.` : await post(url, fields, file);
    input.value = "";
    setBusy(false);
    onDone?.(said);
  };
  return (
    <label className={`${className} upload`} aria-busy={busy}>
      <input id={id} type="file" className="sr" accept={accept} disabled={busy} onChange={(event) => send(event.target)} />
      {busy ? "Sending…" : label}
    </label>
  );
}

const post = async (url, fields, file) => {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("file", file);
  try {
    const { errors = {} } = await (await fetch(url, { method: "POST", body: form })).json();
    return Object.values(errors)[0] ?? "";
  } catch {
    return "The file did not arrive. Check your connection and try again.";
  }
};

const typing = (node) => node.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(node.tagName);

/** Ctrl-K: jump to a customer or run a verb. `verbs` are [href, label, hint]; `found` comes from `onFind(words)`. */
export function Palette({ verbs = [], found = [], foundFor = "", shortcuts = [], onFind }) {
  const [open, setOpen] = useState("");
  const [words, setWords] = useState("");
  const [at, setAt] = useState(0);
  const go = useNavigate();
  const list = useId();
  const waiting = useRef(null);
  useEffect(() => {
    const onKey = (event) => {
      const command = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k";
      if (command) {
        event.preventDefault();
        setOpen((was) => (was ? "" : "jump"));
      } else if (!typing(event.target) && !event.ctrlKey && !event.metaKey && !event.altKey && !document.querySelector("dialog[open]")) {
        if (event.key === "?") setOpen("keys");
        const verb = verbs.find(([, , hint]) => hint && hint === event.key.toUpperCase());
        if (verb) {
          event.preventDefault();
          go(verb[0]);
        }
      }
    };
    const onAsk = (event) => setOpen(event.detail);
    window.addEventListener("keydown", onKey);
    window.addEventListener("arbill:palette", onAsk);
    return () => {
      window.removeEventListener("keydown", onKey);
      window.removeEventListener("arbill:palette", onAsk);
    };
  }, [verbs]);
  useEffect(() => {
    setWords("");
    setAt(0);
  }, [open]);
  // Answers to an earlier question are not shown, and Enter waits for the right ones.
  const answered = foundFor === words && words.trim() !== "";
  const hurried = useRef(false);
  const shown = [
    ...(answered ? found : []),
    ...verbs.filter(([, label]) => plain(label).includes(plain(words))),
  ];
  const choose = (entry) => {
    setOpen("");
    if (entry) go(entry[0]);
  };
  useEffect(() => {
    if (answered && hurried.current) choose(shown[0]);
    if (answered) hurried.current = false;
  }, [answered]);
  const onKeyDown = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      setAt((at + step + shown.length) % Math.max(shown.length, 1));
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (shown[at]) choose(shown[at]);
      else hurried.current = !answered;
    }
  };
  return (
    <>
      <Modal open={open === "jump"} onDismiss={() => setOpen("")} label="Command palette" className="palette">
        {open === "jump" && (
          <>
            <input
              role="combobox"
              aria-label="Search or jump to"
              aria-expanded="true"
              aria-controls={list}
              aria-activedescendant={shown[at] ? `${list}-${at}` : undefined}
              placeholder="Search customers or type a command"
              autoComplete="off"
              value={words}
              onChange={(event) => {
                const value = event.target.value;
                setWords(value);
                setAt(0);
                clearTimeout(waiting.current);
                waiting.current = setTimeout(() => onFind?.(value), 120);
              }}
              onKeyDown={onKeyDown}
            />
            <ul id={list} role="listbox" aria-label="Results">
              {shown.map(([href, label, hint], i) => (
                <li
                  key={href + label}
                  id={`${list}-${i}`}
                  role="option"
                  aria-selected={i === at}
                  onMouseMove={() => setAt(i)}
                  onClick={() => choose(shown[i])}
                >
                  {label}
                  <span className="muted">{hint}</span>
                </li>
              ))}
            </ul>
            {shown.length === 0 && <p className="none">Nothing found for “{words}”.</p>}
          </>
        )}
      </Modal>
      <Modal open={open === "keys"} onDismiss={() => setOpen("")} label="Keyboard shortcuts" className="small">
        <div className="sheet">
          <header className="dh">
            <h2 className="grow">Keyboard shortcuts</h2>
            <button type="button" className="btn sm" onClick={() => setOpen("")}>Close</button>
          </header>
          <div className="db keys">
            {shortcuts.flatMap(([keys, what]) => [<span key={what}>{what}</span>, <kbd key={keys}>{keys}</kbd>])}
          </div>
        </div>
      </Modal>
    </>
  );
}

/** A button that opens the palette ("jump") or the list of shortcuts ("keys"). */
export function PaletteButton({ opens, label, className, children }) {
  return (
    <button
      type="button"
      aria-label={label}
      className={className}
      onClick={() => window.dispatchEvent(new CustomEvent("arbill:palette", { detail: opens }))}
    >
      {children}
    </button>
  );
}

/** Whether this count was acted on already in this tab: the server's state outlives a reload, its notices must not. */
const once = (name, count) => {
  if (!count || sessionStorage.getItem(name) === String(count)) return false;
  sessionStorage.setItem(name, String(count));
  return true;
};

/** After a failure that left skeletons of rows behind: asks until everything is back, then loads the page once more. */
const LOOK_AGAIN = 2000; // milliseconds
let looking = false;
const skeletons = () => document.querySelector(".bone") !== null;
const isBack = async () => {
  try {
    const answer = await fetch("/readyz", { cache: "no-store" });
    const { checks } = await answer.json();
    return answer.ok && ["database", "redis"].every((name) => (checks[name]?.state ?? "ok") === "ok");
  } catch {
    return false;
  }
};
const loadWhenBack = async () => {
  if (looking) return;
  looking = true;
  do await new Promise((done) => setTimeout(done, LOOK_AGAIN));
  while (skeletons() && !(await isBack()));
  // What waited on the server happens by itself now: it gets a moment before anything is asked anew.
  await new Promise((done) => setTimeout(done, LOOK_AGAIN));
  looking = false;
  if (skeletons()) location.reload();
};

/** Says what was done, politely, for a while, on the next screen too when it leads there. A new `count` is a new notice. */
export function Notice({ text, kind, count, action, onAction }) {
  const [shown, setShown] = useState(0);
  const until = (end) => sessionStorage.setItem("arbill-notice", `${count} ${end}`);
  useEffect(() => {
    if (!count) return;
    const [known, end] = (sessionStorage.getItem("arbill-notice") ?? "").split(" ").map(Number);
    const left = known === count ? end - Date.now() : action ? 30000 : kind === "bad" ? 9000 : 5000;
    if (left <= 0) return;
    until(Date.now() + left);
    setShown(count);
    if (kind === "bad" && skeletons()) loadWhenBack();
    const timer = setTimeout(() => setShown(0), left);
    return () => clearTimeout(timer);
  }, [count]);
  const dismiss = () => {
    until(0);
    setShown(0);
  };
  return (
    <div role="status" aria-live="polite">
      {count > 0 && shown === count && text && (
        <div className={`note ${kind}`}>
          <span>{text}</span>
          {action && (
            <button
              type="button"
              onClick={() => {
                dismiss();
                onAction?.();
              }}
            >
              {action}
            </button>
          )}
          <button type="button" onClick={dismiss}>Dismiss</button>
        </div>
      )}
    </div>
  );
}

/** Puts `text` on the clipboard; for two seconds it says so, to everybody. */
export function CopyButton({ text, said, className, children }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <span className="copier">
      <button type="button" className={className} onClick={() => copy(text).then(setCopied)}>
        {children}
      </button>
      <span role="status" className={copied ? "copied" : "sr"}>{copied && said}</span>
    </span>
  );
}

/** True when it is on the clipboard. Outside https there is none to ask: then the old way. */
const copy = async (text) => {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const box = document.body.appendChild(Object.assign(document.createElement("textarea"), { value: text }));
    box.select();
    const done = document.execCommand("copy");
    box.remove();
    return done;
  }
};

/** Asks again every so many seconds while there is something to wait for and somebody to see it. */
export function Tick({ on, seconds, onTick }) {
  useEffect(() => {
    if (!on) return;
    const timer = setInterval(() => document.hidden || onTick?.(), seconds * 1000);
    return () => clearInterval(timer);
  }, [on, seconds]);
  return null;
}

/** Puts the focus where the eye should be after the server answered: `target` an id, `count` new for each answer. */
export function Focus({ target, count }) {
  useEffect(() => {
    if (target && once("arbill-focus", count)) document.getElementById(target)?.focus();
  }, [count]);
  return null;
}

/** One session a browser: when a tab comes to another company, the others load anew and act for it, too. */
export function OneCompany({ company }) {
  useEffect(() => {
    if (!company) return;
    if (localStorage.getItem("arbill-company") !== company) localStorage.setItem("arbill-company", company);
    const follow = ({ key, newValue }) => {
      if (key === "arbill-company" && newValue && newValue !== company) window.location.reload();
    };
    window.addEventListener("storage", follow);
    return () => window.removeEventListener("storage", follow);
  }, [company]);
  return null;
}

/** For addresses that the server answers with a document of its own: a step inside the app that leads to one leaves it.
 * A path that ends with a slash stands for all below it. */
export function Elsewhere({ paths = [], children }) {
  const here = typeof window === "undefined" ? "" : window.location.pathname;
  const leaves = paths.some((path) => (path.endsWith("/") ? here.startsWith(path) : here.replace(/\/$/, "") === path));
  useEffect(() => {
    if (leaves) window.location.replace(window.location.href);
  }, [leaves]);
  return leaves ? null : children;
}

/** A combobox whose options the server finds: [id, label, more] each. The last entry is an action of its own. */
export function Finder({ id, name, chosen = "", options = [], foundFor = "", action, onFind, onPick, onAction, ...rest }) {
  const [text, setText] = useState(chosen);
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(0);
  const list = useId();
  const input = useRef(null);
  const waiting = useRef(null);
  useEffect(() => setText(chosen), [chosen]);
  const entries = [...options.map((option) => ["option", ...option]), ...(action ? [["action", "", action, ""]] : [])];
  const ask = (words) => {
    clearTimeout(waiting.current);
    waiting.current = setTimeout(() => onFind?.(words), 120);
  };
  const show = () => {
    setOpen(true);
    setAt(0);
    onFind?.("");
  };
  const leave = () => {
    setOpen(false);
    setText(chosen);
  };
  const choose = ([kind, value, label]) => {
    setOpen(false);
    if (kind === "action") {
      onAction?.(text === chosen ? "" : text);
      setText(chosen);
    } else {
      setText(label);
      onPick?.(value);
    }
  };
  const onKeyDown = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      if (!open) return show();
      setAt((at + step + entries.length) % Math.max(entries.length, 1));
    } else if (event.key === "Enter" && open) {
      event.preventDefault();
      // What is shown must be the answer to what is typed: a hurried Enter waits for it.
      const asked = text === chosen ? "" : text;
      if (entries[at] && (entries[at][0] === "action" || foundFor === asked)) choose(entries[at]);
    } else if (event.key === "Escape" && open) {
      event.preventDefault();
      event.stopPropagation();
      leave();
    }
  };
  useEffect(() => {
    if (open) document.getElementById(`${list}-${at}`)?.scrollIntoView({ block: "nearest" });
  }, [open, at]);
  return (
    <div className="combo">
      <input
        {...rest}
        id={id}
        name={name}
        ref={input}
        className="in"
        role="combobox"
        aria-autocomplete="list"
        aria-expanded={open}
        aria-controls={open ? list : undefined}
        aria-activedescendant={open && entries[at] ? `${list}-${at}` : undefined}
        autoComplete="off"
        value={text}
        onFocus={(event) => event.target.select()}
        onChange={(event) => {
          setText(event.target.value);
          setOpen(true);
          setAt(0);
          ask(event.target.value);
        }}
        onClick={() => open || show()}
        onKeyDown={onKeyDown}
        onBlur={leave}
      />
      <svg width="14" height="14" viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="2" aria-hidden="true">
        <path d="m7 15 5 5 5-5M7 9l5-5 5 5" />
      </svg>
      {open && (
        <ul id={list} role="listbox" aria-label="Suggestions">
          {entries.map((entry, i) => (
            <li
              key={entry[0] + entry[1]}
              id={`${list}-${i}`}
              role="option"
              aria-selected={i === at}
              className={entry[0] === "action" ? "act" : undefined}
              onMouseDown={(event) => event.preventDefault()}
              onMouseMove={() => setAt(i)}
              onClick={() => choose(entry)}
            >
              {entry[2]}
              <span className="muted">{entry[3]}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** Rows that can be put in another order: dragged by a [data-grip] inside, or moved by arrow keys while it has the focus.
 * `onMove(key, place)` gets the [data-key] of the row and the place it goes to, from 0. */
export function Sortable({ onMove, className, children }) {
  const box = useRef(null);
  const [dragged, setDragged] = useState(null);
  const rows = () => [...box.current.querySelectorAll("[data-key]")];
  const rowOf = (node) => node.closest?.("[data-key]");
  const begin = (event) => {
    const row = rowOf(event.target);
    if (!event.target.closest?.("[data-grip]") || !row) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", row.dataset.key);
    event.dataTransfer.setDragImage(row, 12, 12);
    setDragged(row.dataset.key);
  };
  const over = (event) => {
    if (dragged && rowOf(event.target)) event.preventDefault();
  };
  const drop = (event) => {
    const row = rowOf(event.target);
    if (!dragged || !row) return;
    event.preventDefault();
    onMove?.(dragged, rows().indexOf(row));
    setDragged(null);
  };
  const onKeyDown = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const grip = event.target.closest?.("[data-grip]");
    if (!step || !grip) return;
    event.preventDefault();
    const all = rows();
    const to = all.indexOf(rowOf(grip)) + step;
    if (to < 0 || to >= all.length) return;
    onMove?.(rowOf(grip).dataset.key, to);
    // The row keeps its elements while it moves, but browsers drop the focus of what is moved in the page.
    setTimeout(() => grip.focus(), 60);
  };
  return (
    <div
      ref={box}
      className={className}
      onDragStart={begin}
      onDragOver={over}
      onDrop={drop}
      onDragEnd={() => setDragged(null)}
      onKeyDown={onKeyDown}
    >
      {children}
    </div>
  );
}

/** Asks the authenticator each time `count` is new. `options` is JSON of our server, `kind` "create" or "get".
 * `onAnswer(json)` or `onFailed(name of the error)`. */
export function PasskeyPrompt({ options, kind, count, onAnswer, onFailed }) {
  const asked = useRef(0);
  useEffect(() => {
    if (!options || !count || asked.current === count) return;
    asked.current = count;
    askAuthenticator(kind, options).then(
      (credential) => onAnswer?.(JSON.stringify(credential.toJSON())),
      (error) => onFailed?.(error.name),
    );
  }, [count]);
  return null;
}

async function askAuthenticator(kind, options) {
  const known = JSON.parse(options);
  return kind === "create"
    ? navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(known) })
    : navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(known) });
}
