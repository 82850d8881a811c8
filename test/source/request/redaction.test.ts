import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Redaction } from "../../../src/source/request/redaction.ts";

const SECRET = 'hun"ter/2+ä & <Kr4ft>%41\\u0042 end';

function redactionOf(...secrets: readonly string[]): Redaction {
  const redaction = new Redaction();
  for (const secret of secrets) redaction.addSecret(secret);
  return redaction;
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

function hex(unit: string, digits: number): string {
  return unit.charCodeAt(0).toString(16).padStart(digits, "0");
}

function percent(text: string): string {
  return Array.from(Buffer.from(text), (byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
}

/** Of what escapes are made. */
const ESCAPING = [
  "%4",
  "%e",
  "&#",
  "x41",
  ";",
  "&amp;",
  "\\",
  "u00",
  "{",
  "é",
  "🦆",
  "\ud83d",
  "\n",
  " ",
  "+",
  "=",
  "a",
  "0",
];

/** How a server may write a character. */
const SPELLINGS: readonly ((character: string) => string)[] = [
  (character) => character,
  percent,
  (character) => percent(character).toUpperCase(),
  (character) => `&#${character.codePointAt(0)};`,
  (character) => `&#x${character.codePointAt(0)?.toString(16)};`,
  (character) => Array.from({ length: character.length }, (_, at) => `\\u${hex(character.charAt(at), 4)}`).join(""),
  (character) => JSON.stringify(character).slice(1, -1),
  (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  (character) => `${character}\n`,
  (character) => ` ${character}\u200b`,
];

describe("Redaction", () => {
  it.each([
    ["as it is", SECRET],
    ["in capitals", SECRET.toUpperCase()],
    ["over lines", Array.from(SECRET).join("\r\n  ")],
    ["as JSON", JSON.stringify(SECRET)],
    ["as JSON in JSON", JSON.stringify(JSON.stringify(SECRET))],
    ["as ASCII JSON", Array.from(SECRET, (unit) => `\\u${hex(unit, 4)}`).join("")],
    ["as a part of a URL", encodeURIComponent(SECRET)],
    ["as a part of a URL, twice", encodeURIComponent(encodeURIComponent(SECRET))],
    ["as a form", new URLSearchParams([["", SECRET]]).toString()],
    ["percent-encoded", percent(SECRET)],
    [
      "in HTML",
      SECRET.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;"),
    ],
    ["in HTML by numbers", Array.from(SECRET, (unit) => `&#${unit.charCodeAt(0)};`).join("")],
    ["as a string of C", Array.from(SECRET, (unit) => (unit < "\x80" ? `\\x${hex(unit, 2)}` : unit)).join("")],
    ["in base64", base64(SECRET)],
    ["in base64 behind another text", base64(`a:${SECRET}`)],
    ["in base64 within another text", base64(`to${SECRET}no`)],
    ["in base64url", Buffer.from(SECRET).toString("base64url")],
    ["in base64 over lines", base64(SECRET).replaceAll(/.{20}/g, "$&\n")],
    ["in base64 for a URL", encodeURIComponent(base64(SECRET))],
    ["in quoted lines that are joined", `${SECRET.slice(0, 12)}" +\n      "${SECRET.slice(12)}`],
    ["in quoted-printable lines", `${SECRET.slice(0, 12)}=\r\n${SECRET.slice(12)}`],
  ])("takes a secret out that is written %s", (_, spelling) => {
    const { redact } = redactionOf(SECRET);
    const shown = redact(`before >${spelling}< after`);
    expect(shown).toMatch(/^before >.{0,8}\*\*\*.{0,8}< after$/s);
    expect(redact(shown)).toBe(shown);
  });

  it.each(["hunter2", "pässwö", "a", "🦆"])("takes a secret of less than 8 characters out as a whole: %s", (secret) => {
    const { redact } = redactionOf(secret);
    expect(redact(`(${secret}, ${percent(secret)})`)).toBe("(***, ***)");
  });

  it("takes out every run of 8 characters, and leaves shorter ones", () => {
    const { redact } = redactionOf("0123456789abcdef");
    expect(redact("01234567 12345678-89abcdef")).toBe("*** ***-***");
    expect(redact("[01234567] [0123456] [x89abcdefx] [9abcdef]")).toBe("[***] [0123456] [x***x] [9abcdef]");
  });

  it("takes a name out as a whole only, since its parts are words", () => {
    const redaction = new Redaction();
    redaction.addName("who.1a2b.mp-service-account");
    expect(redaction.redact("who.1a2b.mp-service-account: no such mp-service-account")).toBe(
      "***: no such mp-service-account",
    );
    expect(redaction.redact(encodeURIComponent("who.1a2b.mp-service-account"))).toBe("***");
  });

  it("leaves a name that may be a word, and takes out a secret of one letter", () => {
    const redaction = new Redaction();
    for (const name of ["u", "reader", "service"]) redaction.addName(name);
    expect(redaction.redact("getaddrinfo ENOTFOUND reader.example")).toBe("getaddrinfo ENOTFOUND reader.example");
    redaction.addName("reader.1");
    redaction.addSecret("u");
    expect(redaction.redact("ENOTFOUND reader.1, reader and u")).toBe("ENOTFO***ND ***, reader and ***");
  });

  it("keeps up with a function that gives a long token for each of many requests", () => {
    const redaction = new Redaction();
    const token = (nth: number) =>
      `${nth}.${base64(`{"nth":${nth},"padding":"${"äöü".repeat(99)}${nth}"}`)}.${nth}-signature`;
    for (let nth = 0; nth < 200; nth++) redaction.addSecret(token(nth));
    for (const nth of [0, 100, 199])
      expect(redaction.redact(`got ${token(nth)}, which is over`)).toBe("got ***, which is over");
  });

  it("takes out each of several secrets, and nothing while there is none", () => {
    expect(redactionOf("first-secret", "other-secret").redact("other-secret first-secret")).toBe("*** ***");
    expect(redactionOf().redact("anything %41 &amp;")).toBe("anything %41 &amp;");
    const blank = new Redaction();
    blank.addName("\u200b");
    expect(blank.redact("anything")).toBe("anything");
  });

  it("leaves text without a secret byte for byte", () => {
    const { redact } = redactionOf("q7w8e9r0t1z2u3i4o5p6");
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...ESCAPING) }), (text) => {
        expect(redact(text)).toBe(text);
      }),
    );
  });

  it("survives 64 KB of escapes of escapes", () => {
    const deep = `%${"25".repeat(32_000)}41`;
    expect(redactionOf(SECRET).redact(deep)).toBe(deep);
  });

  it("leaves no run of 8 characters, however each of them is spelled and wherever the text is cut", () => {
    // Digits and letters, since a secret of punctuation looks like the escapes themselves.
    const secrets = fc.string({ unit: fc.constantFrom(..."abcXYZ0189-_.~/+=:!$"), minLength: 8, maxLength: 40 });
    const noise = fc.string({ unit: fc.constantFrom(..."{}[] ,\n#äé🦆"), maxLength: 12 });
    const spellings = fc.array(fc.constantFrom(...SPELLINGS), { minLength: 1, maxLength: 5 });
    const wrappings = fc.constantFrom<(text: string) => string>(
      (text) => text,
      encodeURIComponent,
      (text) => JSON.stringify(text),
      (text) => text.replaceAll("&", "&amp;"),
    );
    fc.assert(
      fc.property(
        secrets,
        noise,
        noise,
        spellings,
        wrappings,
        fc.nat(),
        fc.nat(),
        (secret, before, after, spelling, wrap, from, to) => {
          const spelled = Array.from(secret, (character, at) => (spelling[at % spelling.length] ?? String)(character));
          const [begin = 0, end = 0] = [from % spelled.length, to % (spelled.length + 1)].sort((a, b) => a - b);
          const { redact } = redactionOf(secret);
          const isFound = secret.slice(begin, end).length >= 8;
          const shown = redact(wrap(`${before}${spelled.slice(begin, end).join("")}${after}`));
          expect(shown.includes("***")).toBe(isFound);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("leaves no run of 8 characters of what is in base64 of any alphabet, wherever that begins and is cut", () => {
    const secrets = fc.string({ unit: fc.constantFrom(..."abcXYZ0189-_.~/+=:!$"), minLength: 12, maxLength: 40 });
    const alphabets = fc.constantFrom<BufferEncoding>("base64", "base64url");
    fc.assert(
      fc.property(secrets, fc.string({ maxLength: 9 }), alphabets, fc.nat(20), (secret, before, alphabet, cut) => {
        const text = Buffer.from(`${before}${secret}`).toString(alphabet);
        const shown = redactionOf(secret).redact(text.slice(0, text.length - cut));
        for (let offset = 0; offset < 4; offset++) {
          const decoded = Buffer.from(shown.replaceAll("*", "").slice(offset), "base64").toString("latin1");
          for (let at = 0; at + 8 <= secret.length; at++) expect(decoded).not.toContain(secret.slice(at, at + 8));
        }
      }),
    );
  });
});
