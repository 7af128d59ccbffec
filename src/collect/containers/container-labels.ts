import type { ContainerFacts } from './container-facts.ts'
import type { LabelChoice } from './containers-section.ts'
import { quoteLabel } from './quote-label.ts'

/** Of one container; images of the field carry up to 20. */
const MAX_LABELS = 64
const MAX_VALUE_LENGTH = 1024

/** Labels that change from start to start, or describe the image and not the container. */
const NOISE =
  /^(?:com\.docker\.compose\.(?:config-hash|depends_on|image|oneoff|version|project\.(?:config_files|environment_file)|replace)|desktop\.docker\.io\/.*|org\.opencontainers\.image\..*|org\.label-schema\..*|maintainer|restartcount|annotation\..*|io\.cri-containerd\.image.*|io\.kubernetes\.container\.hash|nerdctl\/(?!name$).*)$/

/** Where a pod is known from its containers. */
export interface PodName {
  readonly pod: string
  readonly namespace: string
}

/** The pod that a container of Kubernetes belongs to. */
export function podOf({ labels }: ContainerFacts): PodName | undefined {
  const pod = labels['io.kubernetes.pod.name']
  const namespace = labels['io.kubernetes.pod.namespace']
  return pod === undefined || namespace === undefined ? undefined : { pod, namespace }
}

/**
 * The labels of a group, as they stand between the braces of a page: `id` and, for a container, `name`, `image`, its labels as
 * `container_label_…`, and for one of Kubernetes `container`, `pod` and `namespace` as kubelet's own page has them.
 */
export function labelsOf(
  id: string,
  facts: ContainerFacts | undefined,
  pod: PodName | undefined,
  choice: LabelChoice,
): string {
  const labels = new Map<string, string>([['id', id]])
  if (facts !== undefined) {
    labels.set('name', facts.name).set('image', facts.image)
    labels.set('container', facts.labels['io.kubernetes.container.name'] ?? '')
    addOwn(labels, facts, choice)
    addEnvironment(labels, facts.env, choice.environment)
  }
  if (pod !== undefined) labels.set('pod', pod.pod).set('namespace', pod.namespace)
  let text = ''
  for (const [name, value] of labels) {
    if (value === '') continue
    const cut = value.length > MAX_VALUE_LENGTH ? value.slice(0, MAX_VALUE_LENGTH) : value
    text += `${text === '' ? '' : ','}${name}="${quoteLabel(cut)}"`
  }
  return text
}

function addOwn(labels: Map<string, string>, facts: ContainerFacts, choice: LabelChoice): void {
  let left = MAX_LABELS
  for (const [name, value] of Object.entries(facts.labels)) {
    const isWanted = choice.only.has(name) || (choice.storesAll && !NOISE.test(name))
    if (!isWanted || left === 0) continue
    const label = `container_label_${sanitize(name)}`
    // Two names may become one; the first stays, as in cAdvisor.
    if (labels.has(label) || label.length > MAX_VALUE_LENGTH) continue
    labels.set(label, value)
    left--
  }
}

function addEnvironment(
  labels: Map<string, string>,
  env: readonly string[],
  prefixes: readonly string[],
): void {
  for (const one of env) {
    const equals = one.indexOf('=')
    if (equals < 1 || !prefixes.some((prefix) => one.startsWith(prefix))) continue
    if (labels.size >= MAX_LABELS) return
    const name = one.slice(0, equals).toLowerCase()
    labels.set(`container_env_${sanitize(name)}`, one.slice(equals + 1))
  }
}

function sanitize(name: string): string {
  return name.replaceAll(/[^a-zA-Z0-9_]/g, '_')
}
