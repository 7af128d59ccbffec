import { parseAllDocuments } from 'yaml'
import { planDeployment } from '../../src/operate/kubernetes/plan-deployment.ts'
import { printManifests } from '../../src/operate/kubernetes/print-manifests.ts'
import { isMap, textAt, type Json } from './json.ts'

/** The objects of a stream of YAML, as a Go program reads it (YAML 1.1). Throws for what is none. */
export function readManifests(yaml: string): readonly Json[] {
  return parseAllDocuments(yaml, { version: '1.1' }).flatMap((document) => {
    const [error] = document.errors
    if (error !== undefined) throw error
    const value: unknown = document.toJS()
    if (value === null || value === undefined) return []
    if (!isMap(value)) throw new Error(`a document is no object: ${JSON.stringify(value)}`)
    return [value]
  })
}

/** What the text of an env file makes of a cluster, printed and read again. */
export function deploy(env: string, secrets?: string): readonly Json[] {
  const { manifests } = planDeployment({
    env: { file: 'dev.env', text: env },
    secrets: secrets === undefined ? undefined : { file: 'dev.secrets', text: secrets },
    namespace: undefined,
  })
  return readManifests(printManifests(manifests))
}

/** How messages call an object: `Service vedette`. */
export function nameOf(manifest: Json): string {
  return `${textAt(manifest, 'kind')} ${textAt(manifest, 'metadata', 'name')}`
}

/** The object of that name; throws when there is none. */
export function find(manifests: readonly Json[], name: string): Json {
  const found = manifests.find((manifest) => nameOf(manifest) === name)
  if (found === undefined) throw new Error(`there is no ${name}`)
  return found
}

/** Everything that can be asked for. */
export const EVERYTHING = `
ENV_NAME="dev"
CLUSTER_NAME="shop"
TEAM="web"
DNS_DOMAIN="example.org"
STORAGE_CLASS="fast"
IMAGE_PULL_SECRET="registry"
INGRESS_CIDRS="10.244.0.0/16"
ACME_EMAIL="ops@example.org"
SLACK_CHANNEL="#monitoring"
AGENT_CONTAINERS="true"
SERVICE_MONITOR="true"
INSTRUMENTATION="true"
`
