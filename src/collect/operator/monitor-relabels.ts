import {
  isJsonObject,
  objectOf,
  objectsOf,
  textOf,
  textsOf,
  textFieldsOf,
} from '../discovery/json-value.ts'
import { sanitizeLabelName } from '../discovery/sanitize-label-name.ts'
import { OperatorFault } from './operator-object.ts'

/** A rule of `relabel_configs`. */
export type RelabelRule = Readonly<Record<string, unknown>>

/** The name of the job before anything changes it. */
export const JOB_NAME_RULE: RelabelRule = {
  source_labels: ['job'],
  target_label: '__tmp_prometheus_job_name',
}

/** Pods that have ended are no targets. */
export const RUNNING_RULE: RelabelRule = {
  action: 'drop',
  source_labels: ['__meta_kubernetes_pod_phase'],
  regex: '(Failed|Succeeded)',
}

/**
 * A label selector as rules that keep the targets that it selects; `prefix` is that of the labels of discovery, e.g.
 * `__meta_kubernetes_service`. Throws an `OperatorFault` for an operator that does not exist.
 */
export function selectorRules(selector: unknown, prefix: string): readonly RelabelRule[] {
  const { matchLabels, matchExpressions } = objectOf(selector)
  const source = (key: string): string[] => {
    const name = sanitizeLabelName(key)
    return [`${prefix}_label_${name}`, `${prefix}_labelpresent_${name}`]
  }
  const labels = Object.entries(textFieldsOf(matchLabels)).sort(([a], [b]) => (a < b ? -1 : 1))
  return [
    ...labels.map(([key, value]) => ({
      action: 'keep',
      source_labels: source(key),
      regex: `(${value});true`,
    })),
    ...objectsOf(matchExpressions).map((expression) => {
      const key = textOf(expression['key'])
      const values = textsOf(expression['values']).join('|')
      const operator = textOf(expression['operator'])
      const action = operator === 'In' || operator === 'Exists' ? 'keep' : 'drop'
      if (operator === 'In' || operator === 'NotIn')
        return { action, source_labels: source(key), regex: `(${values});true` }
      if (operator !== 'Exists' && operator !== 'DoesNotExist')
        throw new OperatorFault(
          `the operator ${JSON.stringify(operator)} of a selector is none of In, NotIn, Exists, DoesNotExist`,
        )
      return { action, source_labels: source(key).slice(1), regex: 'true' }
    }),
  ]
}

/** Copies a label of discovery. */
export function copy(source: string, target: string): RelabelRule {
  return { source_labels: [source], target_label: target }
}

/** Copies a label of discovery where it has a value. */
export function copyIfSet(source: string, target: string): RelabelRule {
  return { source_labels: [source], target_label: target, regex: '(.+)', replacement: '${1}' }
}

export function set(target: string, value: string): RelabelRule {
  return { target_label: target, replacement: value }
}

export function keep(source: string, regex: string | number): RelabelRule {
  return { action: 'keep', source_labels: [source], regex: String(regex) }
}

/** Labels of services or pods that are to be labels of their targets. */
export function labelRules(names: unknown, prefix: string): readonly RelabelRule[] {
  return textsOf(names).map((name) =>
    copyIfSet(`${prefix}_label_${sanitizeLabelName(name)}`, sanitizeLabelName(name)),
  )
}

/** The user's own rules: keys in small letters with `_`, the action in small letters. */
export function ownRules(rules: unknown): readonly RelabelRule[] {
  return objectsOf(rules).map((rule) => {
    const { sourceLabels, targetLabel, action, separator, regex, modulus, replacement } = rule
    const said = Object.entries({
      source_labels: textsOf(sourceLabels).length > 0 ? sourceLabels : undefined,
      separator,
      target_label: textOf(targetLabel) || undefined,
      regex: regex === '' ? undefined : regex,
      modulus: modulus === 0 ? undefined : modulus,
      replacement,
      action: textOf(action).toLowerCase() || undefined,
    })
    return Object.fromEntries(said.filter(([, value]) => value !== undefined && value !== null))
  })
}

/** A port that is named or numbered; undefined where neither. */
export function portOf(value: unknown): string | number | undefined {
  if (typeof value === 'string' && value !== '') return value
  if (typeof value === 'number' && value !== 0) return value
  return isJsonObject(value) ? portOf(value['strVal']) : undefined
}
