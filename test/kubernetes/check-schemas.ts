import { createRequire } from 'node:module'
import { findUnread } from './find-unread.ts'
import { at, isMap, textAt, type Json } from './json.ts'
import { nameOf } from './read-manifests.ts'

const require = createRequire(import.meta.url)

/** The kinds of each version of the API, with their schemas; the packages are CommonJS. */
const SCHEMAS: Readonly<Record<string, unknown>> = {
  v1: require('kubernetes-models/v1'),
  'apps/v1': require('kubernetes-models/apps/v1'),
  'networking.k8s.io/v1': require('kubernetes-models/networking.k8s.io/v1'),
  'policy/v1': require('kubernetes-models/policy/v1'),
  'rbac.authorization.k8s.io/v1': require('kubernetes-models/rbac.authorization.k8s.io/v1'),
  'cert-manager.io/v1': require('@kubernetes-models/cert-manager/cert-manager.io/v1'),
  'monitoring.coreos.com/v1': require('@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1'),
}

/** Keys that are newer than the schemas of the package. */
const NEWER = new Set([
  // cert-manager 1.12, deploy/crds/cert-manager.io_clusterissuers.yaml
  'ClusterIssuer /spec/acme/solvers/0/http01/ingress/ingressClassName',
])

/**
 * What the schemas of Kubernetes and of the operators say against an object, unknown keys included. OpenTelemetry's kind has no
 * package: it is held to its definition by hand.
 */
export function schemaFaults(manifest: Json): readonly string[] {
  const kind = textAt(manifest, 'kind')
  if (kind === 'Instrumentation') return instrumentationFaults(manifest)
  const model = at(SCHEMAS[textAt(manifest, 'apiVersion')], kind)
  const prototype: unknown = typeof model === 'function' ? model.prototype : undefined
  const validate =
    typeof prototype === 'object' && prototype !== null && 'validate' in prototype
      ? prototype.validate
      : undefined
  if (typeof validate !== 'function') return [`${nameOf(manifest)}: there is no such kind`]
  try {
    return findUnread(manifest, (watched) => void validate.call(watched))
      .filter((path) => !NEWER.has(`${kind} ${path}`))
      .map((path) => `${nameOf(manifest)}: ${path} is unknown`)
  } catch (thrown) {
    return [`${nameOf(manifest)}: ${thrown instanceof Error ? thrown.message : String(thrown)}`]
  }
}

/** A text, one of some words, a list of one shape, or the keys of a mapping. */
type Shape =
  | 'string'
  | { readonly words: readonly string[] }
  | { readonly list: Shape }
  | { readonly keys: Shapes }
type Shapes = Readonly<Record<string, Shape>>

const VARIABLES: Shape = { list: { keys: { name: 'string', value: 'string' } } }

/**
 * The part of the definition that is used here, from config/crd/bases/opentelemetry.io_instrumentations.yaml of
 * open-telemetry/opentelemetry-operator of August 2026.
 */
const INSTRUMENTATION: Shape = {
  keys: {
    exporter: { keys: { endpoint: 'string' } },
    propagators: {
      list: {
        words: ['tracecontext', 'baggage', 'b3', 'b3multi', 'jaeger', 'xray', 'ottrace', 'none'],
      },
    },
    sampler: {
      keys: {
        type: {
          words: [
            ...['always_on', 'always_off', 'traceidratio', 'parentbased_always_on'],
            ...['parentbased_always_off', 'parentbased_traceidratio', 'jaeger_remote', 'xray'],
          ],
        },
        argument: 'string',
      },
    },
    env: VARIABLES,
    java: { keys: { env: VARIABLES, image: 'string' } },
    python: { keys: { env: VARIABLES, image: 'string' } },
  },
}

function instrumentationFaults(manifest: Json): readonly string[] {
  const version = textAt(manifest, 'apiVersion')
  return [
    ...(version === 'opentelemetry.io/v1alpha1' ? [] : [`${nameOf(manifest)}: ${version}`]),
    ...shapeFaults(manifest['spec'], INSTRUMENTATION, '/spec'),
  ]
}

function shapeFaults(value: unknown, shape: Shape, path: string): readonly string[] {
  if (shape === 'string') return typeof value === 'string' ? [] : [`${path} is no text`]
  if ('list' in shape) {
    if (!Array.isArray(value)) return [`${path} is no list`]
    return value.flatMap((item: unknown, i) => shapeFaults(item, shape.list, `${path}/${i}`))
  }
  if ('words' in shape) {
    const isOne = typeof value === 'string' && shape.words.includes(value)
    return isOne ? [] : [`${path} is none of ${shape.words.join(', ')}`]
  }
  if (!isMap(value)) return [`${path} is no mapping`]
  return Object.entries(value).flatMap(([key, each]) => {
    const inner = shape.keys[key]
    return inner === undefined
      ? [`${path}/${key} is unknown`]
      : shapeFaults(each, inner, `${path}/${key}`)
  })
}
