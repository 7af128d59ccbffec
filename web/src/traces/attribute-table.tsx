import { Button } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { AnyValueJson, AttributeJson } from '../../../src/model/trace-json.ts'
import { writeValue } from '../api/trace-series.ts'
import { keepTime, type Search } from '../shell/keep-time.ts'
import { attributeQuery } from './attribute-query.ts'
import styles from './span-detail.module.css'

export interface AttributeTableProps {
  readonly title: string
  /** As TraceQL writes it; undefined where spans cannot be searched for by these. */
  readonly scope?: 'span' | 'resource' | 'instrumentation'
  readonly attributes: readonly AttributeJson[]
}

const SHOWN_CHARS = 600

/** Attributes with their types where they are no texts, by name. */
export function AttributeTable({ title, scope, attributes }: AttributeTableProps) {
  if (attributes.length === 0) return null
  const sorted = attributes.toSorted((a, b) => (a.key < b.key ? -1 : 1))
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      <table className={styles['attributes']}>
        <tbody>
          {sorted.map(({ key, value }, i) => (
            <tr key={i}>
              <th scope="row">{key}</th>
              <td>
                <Value value={value} />
                {scope && <SearchLink query={attributeQuery(scope, key, value)} name={key} />}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Value({ value }: { readonly value: AnyValueJson }) {
  const [isWhole, setWhole] = useState(false)
  const text = writeValue(value)
  const type = typeName(value)
  const isCut = text.length > SHOWN_CHARS && !isWhole
  return (
    <>
      <span className={styles['value']} data-type={type}>
        {isCut ? `${text.slice(0, SHOWN_CHARS)}…` : text}
      </span>
      {type !== 'string' && <span className={styles['type']}>{type}</span>}
      {isCut && (
        <Button variant="default" size="compact-xs" onClick={() => setWhole(true)}>
          Show all
        </Button>
      )}
    </>
  )
}

function typeName(value: AnyValueJson): string {
  if (value.intValue !== undefined) return 'int'
  if (value.doubleValue !== undefined) return 'double'
  if (value.boolValue !== undefined) return 'bool'
  if (value.bytesValue !== undefined) return 'bytes'
  if (value.arrayValue !== undefined) return 'list'
  if (value.kvlistValue !== undefined) return 'map'
  return value.stringValue === undefined ? 'empty' : 'string'
}

function SearchLink(props: { readonly query: string | undefined; readonly name: string }) {
  const { query, name } = props
  if (query === undefined) return null
  return (
    <Link
      to="/traces"
      search={(now: Search) => ({ ...keepTime(now), q: query })}
      className={styles['find'] ?? ''}
      aria-label={`Traces with this ${name}`}
      title={query}
    >
      <IconSearch size={13} aria-hidden />
    </Link>
  )
}
