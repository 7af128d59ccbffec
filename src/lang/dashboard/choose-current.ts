import type { Variable, VariableCurrent, VariableOption } from './model.ts'
import { ALL_VALUE, isAll } from './scope.ts'

/**
 * The choice a variable has once its options are known: the wanted one as far as it is still offered, else All when that is
 * offered, else the first option. A choice whose variable offers nothing is empty. Kinds that offer no list keep what is wanted.
 */
export function chooseCurrent(
  variable: Variable,
  options: readonly VariableOption[],
  wanted: VariableCurrent | undefined,
): VariableCurrent | undefined {
  switch (variable.type) {
    case 'query':
    case 'custom':
    case 'datasource':
      return chooseAmong(variable, options, wanted)
    case 'interval':
      return chooseAmong({ multi: false, includeAll: false }, options, wanted)
    default:
      return wanted
  }
}

function chooseAmong(
  choice: { readonly multi: boolean; readonly includeAll: boolean },
  options: readonly VariableOption[],
  wanted: VariableCurrent | undefined,
): VariableCurrent {
  if (wanted && choice.includeAll && isAll(wanted.value)) return allOf(choice.multi)
  const byValue = new Map(options.map((option) => [option.value, option]))
  const byText = new Map(options.map((option) => [option.text, option]))
  const values = wanted ? [wanted.value].flat() : []
  // Addresses and old files name a choice by its text as well.
  const kept = values
    .map((value) => byValue.get(value) ?? byText.get(value))
    .filter((option) => option !== undefined)
  if (kept.length === 0) {
    if (choice.includeAll) return allOf(choice.multi)
    const first = options[0]
    if (first) kept.push(first)
  }
  if (choice.multi) {
    return { value: kept.map((option) => option.value), text: kept.map((option) => option.text) }
  }
  return { value: kept[0]?.value ?? '', text: kept[0]?.text ?? '' }
}

function allOf(isMulti: boolean): VariableCurrent {
  return isMulti ? { text: ['All'], value: [ALL_VALUE] } : { text: 'All', value: ALL_VALUE }
}
