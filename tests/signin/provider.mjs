// An OpenID provider for tests/signin.py: oidc-provider with its own sign-in pages, where any name passes.
// Usage: node provider.mjs PORT KEY CERTIFICATE REDIRECT_URI SECRET
import {createServer} from "node:https";
import {generateKeyPairSync} from "node:crypto";
import {readFileSync} from "node:fs";
import {Provider} from "oidc-provider";

const [port, key, certificate, redirect, secret] = process.argv.slice(2);
const signing = generateKeyPairSync("rsa", {modulusLength: 2048}).privateKey.export({format: "jwk"});
const provider = new Provider(`https://localhost:${port}`, {
  clients: [{client_id: "tocsin", client_secret: secret, redirect_uris: [redirect]}],
  jwks: {keys: [{...signing, use: "sig", alg: "RS256", kid: "one"}]},
  cookies: {keys: [secret]},
  pkce: {required: () => true},
  findAccount: (context, id) => ({accountId: id, claims: () => ({sub: id})}),
});
createServer({key: readFileSync(key), cert: readFileSync(certificate)}, provider.callback())
  .listen(Number(port), "127.0.0.1", () => console.log("ready"));
