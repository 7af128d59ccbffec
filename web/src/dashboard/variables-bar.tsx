import { Badge, MultiSelect, Select, Switch, TextInput, Tooltip } from '@mantine/core'
import { useState } from 'react'
import type { AdhocFilter, VariableOption } from '../../../src/lang/dashboard/model.ts'
import { ALL_VALUE } from '../../../src/lang/dashboard/scope.ts'
import { AdhocFilters } from './adhoc-filters.tsx'
import styles from './dashboard.module.css'
import type { VariableState } from './use-variables.ts'

/** More options are found by typing. */
const MOST_LISTED = 500

export interface VariablesBarProps {
  readonly states: readonly VariableState[]
  readonly filtersOf: (name: string) => readonly AdhocFilter[]
  readonly onChange: (name: string, values: readonly string[]) => void
  readonly onFilters: (name: string, filters: readonly AdhocFilter[]) => void
}

/** The choices above a dashboard. */
export function VariablesBar({ states, filtersOf, onChange, onFilters }: VariablesBarProps) {
  const shown = states.filter(({ variable }) => variable.hide !== 2 && variable.type !== 'constant')
  return shown.map((state) => {
    const { variable } = state
    const label = variable.label ?? variable.name
    const change = (values: readonly string[]): void => onChange(variable.name, values)
    return (
      <div key={variable.name} className={styles['variable']} role="group" aria-label={label}>
        {variable.hide !== 1 && (
          <Tooltip
            label={state.error ?? variable.description ?? ''}
            disabled={state.error === undefined && variable.description === undefined}
          >
            <span
              className={styles['variableName']}
              data-failed={state.error !== undefined || undefined}
            >
              {label}
            </span>
          </Tooltip>
        )}
        {variable.type === 'adhoc' ? (
          <AdhocFilters
            label={label}
            filters={filtersOf(variable.name)}
            onChange={(filters) => onFilters(variable.name, filters)}
          />
        ) : (
          <VariableInput {...{ state, label }} onChange={change} />
        )}
      </div>
    )
  })
}

interface VariableInputProps {
  readonly state: VariableState
  readonly label: string
  readonly onChange: (values: readonly string[]) => void
}

function VariableInput({ state, label, onChange }: VariableInputProps) {
  const { variable, options, current } = state
  const values = current === undefined ? [] : [current.value].flat()
  switch (variable.type) {
    case 'textbox':
      return (
        <TextBox
          key={values[0] ?? variable.query}
          label={label}
          value={values[0] ?? variable.query}
          onChange={onChange}
        />
      )
    case 'switch':
      return (
        <Switch
          aria-label={label}
          checked={values[0] === variable.enabledValue}
          onChange={(event) =>
            onChange([event.currentTarget.checked ? variable.enabledValue : variable.disabledValue])
          }
        />
      )
    case 'unknown':
      return (
        <Badge
          variant="default"
          title={`Variables of the kind "${variable.kind}" cannot be changed here`}
        >
          {values.join(' + ') || variable.kind}
        </Badge>
      )
    default: {
      const offersAll = 'includeAll' in variable && variable.includeAll
      const isMulti = 'multi' in variable && variable.multi
      const listed = listOf(options, values, offersAll)
      return isMulti ? (
        <MultiChoice {...{ listed, values, label, onChange }} />
      ) : (
        <Select
          size="xs"
          aria-label={label}
          data={listed}
          value={values[0] ?? null}
          onChange={(value) => value !== null && onChange([value])}
          limit={MOST_LISTED}
          searchable={listed.length > 8}
          allowDeselect={false}
          nothingFoundMessage="Nothing fits"
          placeholder={options.length === 0 ? 'No values' : ''}
          maxDropdownHeight={360}
          w={widthFor(listed)}
        />
      )
    }
  }
}

interface Listed {
  readonly value: string
  readonly label: string
}

/** The kit refuses two entries of one value; a choice that is not offered (any more) is shown all the same. */
function listOf(
  options: readonly VariableOption[],
  chosen: readonly string[],
  offersAll: boolean,
): Listed[] {
  const all = [...chosen.map((value) => ({ value, text: value })), ...options]
  const byValue = new Map(
    all
      .filter((one) => one.value !== '')
      .map((one) => [one.value, { value: one.value, label: one.text }]),
  )
  const rest = [...byValue.values()].filter((one) => one.value !== ALL_VALUE)
  return offersAll ? [{ value: ALL_VALUE, label: 'All' }, ...rest] : rest
}

function widthFor(listed: readonly Listed[]): string {
  let longest = 6
  for (const one of listed.slice(0, 200)) longest = Math.max(longest, one.label.length)
  return `${Math.min(26, longest + 5)}ch`
}

function MultiChoice(props: {
  readonly listed: Listed[]
  readonly values: string[]
  readonly label: string
  readonly onChange: (values: readonly string[]) => void
}) {
  const { listed, values, label, onChange } = props
  const change = (next: string[]): void => {
    const added = next.find((value) => !values.includes(value))
    // All and single values exclude each other, whichever was chosen last.
    if (added === ALL_VALUE) onChange([ALL_VALUE])
    else onChange(next.filter((value) => value !== ALL_VALUE))
  }
  return (
    <MultiSelect
      size="xs"
      aria-label={label}
      data={listed}
      value={values}
      onChange={change}
      limit={MOST_LISTED}
      searchable
      maxDropdownHeight={360}
      nothingFoundMessage="Nothing fits"
      className={styles['multi'] ?? ''}
    />
  )
}

function TextBox({
  label,
  value,
  onChange,
}: {
  readonly label: string
  readonly value: string
  readonly onChange: (values: readonly string[]) => void
}) {
  const [text, setText] = useState(value)
  const apply = (): void => {
    if (text !== value) onChange([text])
  }
  return (
    <TextInput
      size="xs"
      aria-label={label}
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={apply}
      onKeyDown={(event) => event.key === 'Enter' && apply()}
    />
  )
}
