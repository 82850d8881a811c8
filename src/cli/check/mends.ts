import type { EngageErrorCode } from "../../engage-error.ts";
import type { Settings } from "../accounts/setting.ts";

/** What can be done about a refusal, a line for each thing that may be wrong. */
export function mends(code: EngageErrorCode, settings: Settings, proxy: string | undefined): readonly string[] {
  const from = (option: string) => settings.get(option)?.name;
  const isToken = settings.has("bearer");
  switch (code) {
    case "unauthorized":
      return [
        isToken
          ? `token: from ${from("bearer")}; it may have run out, and mp account token NAME prints a fresh one`
          : `credentials: from ${from("username")} and ${from("secret")}; a secret is shown only once, so make a new service account when in doubt`,
        `project: ${settings.get("projectId")?.value} from ${from("projectId")}; ${isToken ? "you" : "the service account"} must belong to it`,
        regionMend(settings),
      ];
    case "plan":
      return [
        "plan: it must have the Query API; an owner of the organization sees and changes it under Organization Settings, Plan Details & Billing",
      ];
    case "forbidden":
      return [
        `role: ${isToken ? "you need" : "the service account needs"} one that may query project ${settings.get("projectId")?.value}, such as Analyst; see Project Settings, ${isToken ? "Members" : "Service Accounts"}`,
      ];
    case "network":
      return proxy === undefined
        ? []
        : [`proxy: ${proxy} comes from HTTPS_PROXY or HTTP_PROXY; NO_PROXY exempts hosts from it`];
    default:
      return [];
  }
}

function regionMend(settings: Settings): string {
  const baseUrl = settings.get("baseUrl");
  if (baseUrl !== undefined) return `address: ${baseUrl.value} from ${baseUrl.name}`;
  const region = settings.get("region");
  const said = region === undefined ? "us, since nothing says another" : `${region.value} from ${region.name}`;
  return `region: ${said}; engage-export check --all-regions asks the other two`;
}
