import { describe, expect, test } from "vitest";
import { columnNames } from "../../../src/sink/derived/column-names.ts";

describe("columnNames", () => {
  test.each<[string, readonly string[], readonly string[]]>([
    ["the properties' own names, `$` included", ["$email", "Plan Name", "a.b"], ["$email", "Plan Name", "a.b"]],
    ["quotes, line breaks and pointers", ["'\"`", "a\nb", "a/b", "a~1b", "\\"], ["'\"`", "a\nb", "a/b", "a~1b", "\\"]],
    ["keywords", ["select", "from", "order"], ["select", "from", "order"]],
    ["a name of 255 characters", ["x".repeat(255)], ["x".repeat(255)]],
    ["the name in small letters to the one called so", ["EMAIL", "Email", "email"], ["EMAIL_2", "Email_3", "email"]],
    ["the name to the first where none is in small letters", ["EMAIL", "Email"], ["EMAIL", "Email_2"]],
    ["letters other than ASCII as they are", ["É", "é", "İ", "i"], ["É", "é", "İ", "i"]],
    ["other names instead of those of every table", ["distinct_id", "Properties"], ["distinct_id_2", "Properties_2"]],
    ["`_` to the empty name", [""], ["_"]],
    ["`_` to the property that is called so", ["", "_"], ["__2", "_"]],
    ["no name that another property has", ["EMAIL", "Email_2", "email"], ["EMAIL_3", "Email_2", "email"]],
    ["no generated name twice", ["A", "a", "A_2", "B", "b"], ["A_3", "a", "A_2", "B_2", "b"]],
    ["U+FFFD for NUL, and no name twice", ["a\0", "a\ufffd"], ["a\ufffd_2", "a\ufffd"]],
    ["U+FFFD for a lone surrogate", ["a\ud83d", "\ud83d\ude00"], ["a\ufffd", "\ud83d\ude00"]],
  ])("gives %s", (_, properties, names) => {
    expect(columnNames(properties)).toEqual(names);
  });

  test.each<[string, readonly string[], readonly string[]]>([
    ["drops the `$`", ["$email", "$last_login"], ["email", "last_login"]],
    ["keeps the name of a property that is called so", ["$email", "email"], ["email_2", "email"]],
    ["gives the name to the first where none is called so", ["$email", "Email"], ["email", "email_2"]],
    ["joins words", ["Plan Name", "a.b-c", "  x  ", "Price ($)"], ["plan_name", "a_b_c", "x", "price"]],
    ["keeps underscores", ["_id", "__x__"], ["_id", "__x__"]],
    ["begins with no digit", ["7 days", "7"], ["_7_days", "_7"]],
    ["drops accents", ["Prénom", "ÅNGSTRÖM"], ["prenom", "angstrom"]],
    ["leaves nothing of other scripts", ["名前", "имя"], ["_", "__2"]],
    ["takes no name of every table", ["$distinct_id", "Last Seen"], ["distinct_id_2", "last_seen_2"]],
  ])("%s in plain names", (_, properties, names) => {
    expect(columnNames(properties, "plain")).toEqual(names);
  });

  test("gives no name that a property without a column has", () => {
    expect(columnNames(["A", "a"], "exact", ["A_2"])).toEqual(["A_3", "a"]);
    expect(columnNames(["$email"], "plain", ["email"])).toEqual(["email_2"]);
    expect(columnNames(["Email"], "exact", ["email"])).toEqual(["Email"]);
  });
});
