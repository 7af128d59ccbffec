import { FieldType, type DataFrame, type Field } from '@grafana/data'
import { numbersOf } from './frames/numbers-of.ts'
import { isObject, objectOf, textOf } from '../../../src/lang/dashboard/json-value.ts'
import type { Scheme } from '../charts/palette.ts'
import { Sparkline } from '../charts/sparkline.tsx'
import { DataLinks } from './data-links.tsx'
import { customOf, writeValue } from './field-style.ts'
import styles from './panels.module.css'
import { readableColor } from './readable-color.ts'
import { safeUrl } from './safe-url.ts'
import { textColorOn } from './tile-grid.ts'

export interface TableCellProps {
  readonly field: Field
  readonly row: number
  readonly align: string
  readonly scheme: Scheme
}

/** One cell, drawn as its field's cell type says: text, coloured, a bar, a line, an image, JSON. */
export function TableCell({ field, row, align, scheme }: TableCellProps) {
  const value: unknown = field.values[row]
  const cell = objectOf(customOf(field)['cellOptions'])
  const type = textOf(cell['type']) ?? 'auto'
  const shown = field.display?.(value)
  const links =
    field.getLinks && (field.config.links?.length ?? 0) > 0
      ? field.getLinks({ valueRowIndex: row })
      : []
  const text = field.type === FieldType.frame ? '' : writeValue(field, value)
  const content = <CellContent {...{ field, value, type, text, cell, scheme }} />
  const color = shown?.color
  const style =
    type === 'color-background' && color
      ? { background: color, color: textColorOn(color) }
      : type === 'color-text' && color
        ? { color: readableColor(color, scheme, 'text') }
        : {}
  return (
    <td data-align={align} style={style} title={text}>
      <DataLinks links={links}>{content}</DataLinks>
    </td>
  )
}

interface CellContentProps {
  readonly field: Field
  readonly value: unknown
  readonly type: string
  readonly text: string
  readonly scheme: Scheme
  readonly cell: Readonly<Record<string, unknown>>
}

function CellContent({ field, value, type, text, cell, scheme }: CellContentProps) {
  if (field.type === FieldType.frame || type === 'sparkline') return <Trend {...{ field, value }} />
  if (type === 'gauge' && typeof value === 'number') {
    const shown = field.display?.(value)
    const percent = Math.min(1, Math.max(0, shown?.percent ?? 0)) * 100
    const color = shown?.color ?? 'var(--v-accent)'
    const background =
      cell['mode'] === 'gradient'
        ? `linear-gradient(90deg, color-mix(in srgb, ${color} 25%, transparent), ${color})`
        : color
    return (
      <span className={styles['cellGauge']}>
        <span className={styles['barTrack']} aria-hidden>
          <span className={styles['barFill']} style={{ width: `${percent}%`, background }} />
        </span>
        <span style={{ color: readableColor(color, scheme, 'text') }}>{text}</span>
      </span>
    )
  }
  if (type === 'image' && typeof value === 'string')
    return <img src={safeUrl(value)} alt={text} height={24} />
  if (type === 'json-view') return <code>{isObject(value) ? JSON.stringify(value) : text}</code>
  return text
}

function isFrame(value: unknown): value is DataFrame {
  return isObject(value) && Array.isArray(value['fields'])
}

/** The series that a row of `timeSeriesTable` holds. */
function Trend({ field, value }: { readonly field: Field; readonly value: unknown }) {
  const numbers = isFrame(value)
    ? value.fields.find((one) => one.type === FieldType.number)
    : undefined
  if (!numbers) return null
  const values = numbersOf(numbers)
  return <Sparkline values={values} label={`Trend of ${field.name}`} />
}
