/** A value in a secret or a config map of a namespace. */
export interface ValueReference {
  readonly kind: 'secrets' | 'configmaps'
  readonly namespace: string
  readonly name: string
  readonly key: string
}

/**
 * Values of secrets and config maps, as far as they are known now. What is asked for and not known yet is fetched afterwards, and
 * then everything is made again.
 */
export interface SecretValues {
  /** `undefined`: there is no such object or key; `'unknown'`: nobody has asked the API server yet. */
  find(reference: ValueReference): { readonly text: string } | 'unknown' | undefined
}
