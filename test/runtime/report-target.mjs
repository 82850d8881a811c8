/**
 * Runs one target, adds its tests to the totals and prints its line; what it said only if something failed.
 *
 * @param run returns `{ passed, failed, output }`, and a `label` if that is more than the name
 */
export async function reportTarget(totals, name, run) {
  const startedAt = performance.now();
  let outcome;
  try {
    outcome = await run();
  } catch (error) {
    outcome = { passed: 0, failed: 1, output: String(error) };
  }
  const { passed, failed, output, label = name } = outcome;
  totals.passed += passed;
  totals.failed += failed;
  if (failed > 0) console.log(output);
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  console.log(`${label.padEnd(36)} ${passed} passed, ${failed} failed  (${seconds} s)`);
}
