import { expect, it } from "vitest";
import { isKey } from "../../../src/source/scan/is-key.ts";
import { bytesOf } from "../../helpers/json-documents.ts";

const token = bytesOf('"$key"');

it.each([
  ['"$key"', true],
  ['"\\u0024key"', true],
  ['"\\u0024\\u006b\\u0065\\u0079"', true],
  ['"\\u0024KEY"', false],
  ['"$kex"', false],
  ['"$ke"', false],
  ['"$keys"', false],
  ['"key"', false],
  ['"\\\\u0024key"', false],
  ['"$key\\u0000"', false],
  ['"\\ud800"', false],
  ['""', false],
])("tells whether %s spells $key", (text, expected) => {
  const bytes = bytesOf(`{${text}:1}`);
  expect(isKey(token, bytes, 1, 1 + text.length)).toBe(expected);
});
