// The sign-in page of a Tocsin hub. No library, no other origin; texts reach the page as text, never as markup.
"use strict";

const by = (id) => document.getElementById(id);
let session = {signed_in: false};

const toBytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const toText = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

class Refused extends Error {
  constructor(problem) {
    super(problem.detail || problem.title || "the hub refused");
    this.kind = (problem.type || "").replace("urn:tocsin:problem:", "");
  }
}

async function ask(method, path, body) {
  const headers = {accept: "application/json"};
  if (body !== undefined) headers["content-type"] = "application/json";
  if (session.csrf) headers["x-tocsin-csrf"] = session.csrf;
  const answer = await fetch(path, {
    method, headers, credentials: "same-origin", cache: "no-store",
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  const json = text ? JSON.parse(text) : {};
  if (!answer.ok) throw new Refused(json);
  return json;
}

function say(text, kind = "") {
  by("status").textContent = text;
  by("status").className = kind;
}

const credentials = (ids) => (ids || []).map((id) => ({type: "public-key", id: toBytes(id)}));

async function assertion(options) {
  const made = await navigator.credentials.get({publicKey: {
    challenge: toBytes(options.challenge), rpId: options.rp_id, timeout: options.timeout_ms,
    userVerification: "required", allowCredentials: credentials(options.allow),
  }});
  return {
    id: toText(made.rawId), client_data: toText(made.response.clientDataJSON),
    authenticator_data: toText(made.response.authenticatorData), signature: toText(made.response.signature),
  };
}

async function signIn() {
  say("Waiting for your passkey…");
  await ask("POST", "/signin/finish", await assertion(await ask("POST", "/signin/begin", {})));
  await show();
  say("You are signed in.", "done");
}

async function confirm() {
  say("Waiting for your passkey…");
  await ask("POST", "/signin/assert", await assertion(await ask("POST", "/signin/assert/begin", {})));
  await show();
  say("Confirmed.", "done");
}

/** Does what may need a fresh assertion, and asks for one when it does. */
async function confirmed(act) {
  try {
    return await act();
  } catch (error) {
    if (error.kind !== "fresh-assertion") throw error;
    await confirm();
    return act();
  }
}

async function enrol(name, link) {
  const options = await confirmed(() => ask("POST", "/signin/enrol/begin", link ? {link} : {}));
  say("Your device asks for your fingerprint, face or PIN…");
  const made = await navigator.credentials.create({publicKey: {
    challenge: toBytes(options.challenge), timeout: options.timeout_ms, attestation: "none",
    rp: {id: options.rp_id, name: "Tocsin"},
    user: {id: toBytes(options.user.id), name: options.user.name, displayName: options.user.display_name},
    pubKeyCredParams: options.algorithms.map((alg) => ({type: "public-key", alg})),
    excludeCredentials: credentials(options.exclude),
    authenticatorSelection: {residentKey: "required", requireResidentKey: true, userVerification: "required"},
  }});
  await ask("POST", "/signin/enrol", {
    name, client_data: toText(made.response.clientDataJSON),
    attestation_object: toText(made.response.attestationObject),
  });
  history.replaceState(null, "", "/signin");
  await show();
  say("The passkey was created.", "done");
}

async function withProvider(name, linking) {
  const act = () => ask("POST", `/signin/providers/${encodeURIComponent(name)}/${linking ? "link" : "begin"}`, {});
  location.assign((await (linking ? confirmed(act) : act())).location);
}

const when = (time) => (time ? new Date(time).toLocaleString() : "never");

function button(text, act, label) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  if (label) made.setAttribute("aria-label", label);
  made.addEventListener("click", () => run(made, act));
  return made;
}

function fill(list, rows, describe) {
  by(list).replaceChildren(...rows.map((row) => {
    const item = document.createElement("li");
    const text = document.createElement("div");
    const [title, detail, verb, act] = describe(row);
    text.textContent = title;
    const small = document.createElement("small");
    small.textContent = detail;
    text.append(small);
    item.append(text, button(verb, act, `${verb}: ${title}`));
    return item;
  }));
}

async function remove(path) {
  await confirmed(() => ask("DELETE", path));
  await show();
  say("Done.", "done");
}

async function showOwn() {
  by("in-title").textContent = session.member ? `${session.person}, ${session.member}` : session.person;
  by("rights").textContent = `This session may: ${session.scopes.join(", ")}.`;
  by("fresh").textContent = session.fresh_until
    ? `Acts of administration are open until ${new Date(session.fresh_until).toLocaleTimeString()}.`
    : "Acts of administration will ask for your passkey first.";
  const [{passkeys}, {sessions}, {identities}] = await Promise.all(
    ["/signin/passkeys", "/signin/sessions", "/signin/identities"].map((path) => ask("GET", path)));
  fill("passkeys", passkeys, (row) => [row.name,
    `since ${when(row.since)}, last used ${when(row.used)}` +
      (row.counter_went_back ? ` – its counter went back on ${when(row.counter_went_back)}: a copy may exist` : ""),
    "Remove", () => remove(`/signin/passkeys/${row.id}`)]);
  fill("sessions", sessions, (row) => [row.current ? "This browser" : row.browser || "A browser",
    `by ${row.by}, since ${when(row.since)}`, "End", () => remove(`/signin/sessions/${row.id}`)]);
  fill("identities", identities, (row) => [row.subject, `at ${row.issuer}, since ${when(row.since)}`,
    "Unlink", () => remove(`/signin/identities/${row.id}`)]);
  by("identities-part").hidden = identities.length + session.providers.length === 0;
}

async function show() {
  session = await ask("GET", "/signin/session");
  const link = new URLSearchParams(location.hash.slice(1)).get("link");
  by("where").textContent = location.host;
  by("enrol").hidden = session.signed_in || !link;
  by("out").hidden = session.signed_in || Boolean(link);
  by("in").hidden = !session.signed_in;
  by("sign-in").disabled = !session.passkeys;
  if (!session.passkeys) say("Passkeys need the hub's name in the address, not its number.", "problem");
  const providers = (linking) => session.providers.map(({name, label}) =>
    button(`${linking ? "Link" : "Sign in with"} ${label}`, () => withProvider(name, linking)));
  by("providers").replaceChildren(...providers(false));
  by("link-providers").replaceChildren(...providers(true));
  if (session.signed_in) await showOwn();
}

async function run(control, act) {
  if (control) control.disabled = true;
  try {
    say("");
    await act();
  } catch (error) {
    if (error.kind === "session-over") await show().catch(() => {});
    say(error.name === "NotAllowedError" ? "That was cancelled, or took too long." :
      error.name === "InvalidStateError" ? "This device has a passkey for you already." : error.message, "problem");
  } finally {
    if (control) control.disabled = false;
  }
}

by("sign-in").addEventListener("click", (event) => run(event.currentTarget, signIn));
by("confirm").addEventListener("click", (event) => run(event.currentTarget, confirm));
by("sign-out").addEventListener("click", (event) => run(event.currentTarget, async () => {
  await ask("POST", "/signin/out", {});
  await show();
  say("You are signed out.", "done");
}));
by("enrol-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const link = new URLSearchParams(location.hash.slice(1)).get("link");
  run(event.submitter, () => enrol(by("enrol-name").value.trim(), link));
});
by("add-form").addEventListener("submit", (event) => {
  event.preventDefault();
  run(event.submitter, () => enrol(by("add-name").value.trim(), null));
});
window.addEventListener("hashchange", () => run(null, show));
run(null, show);
