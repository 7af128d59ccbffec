import { NAME } from './manifest.ts'
import type { ClusterSettings } from './read-settings.ts'

/** Objects that others refer to. */
export const SERVER_CONFIG = NAME
export const AGENT = `${NAME}-agent`
export const HEADLESS = `${NAME}-headless`

/** Secrets that a person makes, or `--secret-file`; docs/kubernetes.md has their keys. */
export const SERVER_SECRET = NAME
export const AGENT_SECRET = `${NAME}-agent`
export const METRICS_SECRET = `${NAME}-metrics`

/** The name by which programs of the cluster reach the server. */
export function serverHost({ namespace }: Pick<ClusterSettings, 'namespace'>): string {
  return `${NAME}.${namespace}.svc`
}

/** Where the server has files of its secret. */
export const SERVER_SECRETS_FOLDER = '/etc/vedette-secrets'
export const TOKEN_FOLDER = '/etc/vedette-token'
