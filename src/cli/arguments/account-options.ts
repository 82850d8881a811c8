import type { OptionDefs } from "./option-def.ts";

/** Whose profiles are exported. */
export const accountOptions = {
  account: {
    type: "string",
    valueHint: "NAME",
    variable: "MP_ACCOUNT",
    description:
      "Account of ~/.mp/config.toml, the file of Mixpanel's own command, or of the file MP_CONFIG_PATH names",
  },
  "project-id": {
    type: "string",
    valueHint: "ID",
    variable: "MP_PROJECT_ID",
    members: ["default_project", "project_id"],
    option: "projectId",
    description: "Mixpanel project",
  },
  username: {
    type: "string",
    valueHint: "NAME",
    variable: "MP_USERNAME",
    members: ["username"],
    option: "username",
    description: "Service account; MP_OAUTH_TOKEN holds a token instead of it and its secret",
  },
  "secret-file": {
    type: "string",
    valueHint: "FILE",
    variable: "MP_SECRET",
    members: ["secret"],
    option: "secret",
    options: ["serviceAccount"],
    description: "File that holds its secret, - for standard input; the variable holds the secret itself",
  },
  region: {
    type: "string",
    valueHint: "us|eu|in",
    choices: ["us", "eu", "in"],
    default: "us",
    variable: "MP_REGION",
    members: ["region"],
    option: "region",
    description: "Where the project lives",
  },
  "base-url": {
    type: "string",
    valueHint: "URL",
    variable: "MP_API_BASE_URL",
    option: "baseUrl",
    description: "Instead of a region",
  },
  "workspace-id": {
    type: "string",
    valueHint: "ID",
    variable: "MP_WORKSPACE_ID",
    option: "workspaceId",
    description: "For Data Views",
  },
} as const satisfies OptionDefs;
