/** Anything that JSON holds; undefined in a mapping is left out. */
export type ManifestValue =
  | string
  | number
  | boolean
  | readonly ManifestValue[]
  | { readonly [key: string]: ManifestValue | undefined }

export type ManifestMap = { readonly [key: string]: ManifestValue | undefined }

/** An object as the API server takes it. */
export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ManifestMap & { readonly name: string; readonly namespace?: string }
  readonly [key: string]: ManifestValue | undefined
}

/** What everything of one installation is called; `app.kubernetes.io/instance` of its objects. */
export const NAME = 'vedette'

export type Component = 'server' | 'agent'

/** Labels of everything of the installation. */
export function instanceLabels(): ManifestMap {
  return { 'app.kubernetes.io/name': 'vedette', 'app.kubernetes.io/instance': NAME }
}

/** Labels by which pods of a component are found. They cannot be changed later. */
export function selectorLabels(component: Component): ManifestMap {
  return { ...instanceLabels(), 'app.kubernetes.io/component': component }
}

/** Name and labels of an object that is in a namespace. */
export function inNamespace(
  namespace: string,
  name: string,
  component: Component = 'server',
): Manifest['metadata'] {
  return { name, namespace, labels: selectorLabels(component) }
}

/** Name and labels of an object of the whole cluster, where other namespaces may have a Vedette, too. */
export function inCluster(
  namespace: string,
  name: string,
  component: Component = 'server',
): Manifest['metadata'] {
  return { name: `${namespace}-${name}`, labels: selectorLabels(component) }
}
