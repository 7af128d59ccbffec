import type { JsonObject } from './json-value.ts'

/**
 * Grafana's dashboard model in its newest classic form (schemaVersion 42), as `readDashboard` yields it whatever the age of
 * the file. Each noun holds in `rest` the keys that are not read here, so that `writeDashboard` gives them back.
 */
export interface Dashboard {
  /** Absent: whoever stores the dashboard gives it one. */
  readonly uid?: string
  readonly title: string
  readonly description?: string
  readonly tags: readonly string[]
  /** `''` or `browser`: the reader's zone; `utc`; else an IANA name. */
  readonly timezone: string
  readonly time: TimeSpec
  /** Interval of the auto-refresh (`30s`), `''` when off. */
  readonly refresh: string
  /** Grafana's own object: `refresh_intervals`, `nowDelay`, `hidden`, … */
  readonly timepicker: JsonObject
  /** 0: each panel for itself; 1: shared crosshair; 2: shared crosshair and tooltip. */
  readonly graphTooltip: 0 | 1 | 2
  readonly editable: boolean
  readonly links: readonly DashboardLink[]
  readonly annotations: readonly AnnotationQuery[]
  readonly variables: readonly Variable[]
  /** In the order of the grid. A collapsed row holds its panels; those of an open row follow it. */
  readonly panels: readonly Panel[]
  readonly rest: JsonObject
}

/** Grafana's date math or epoch milliseconds as text: `now-6h`, `now/d`, `1700000000000`. */
export interface TimeSpec {
  readonly from: string
  readonly to: string
}

/** Cells of the grid of 24 columns; a row of cells is 30 pixels and 8 pixels of gap. */
export interface GridPos {
  readonly x: number
  readonly y: number
  readonly w: number
  readonly h: number
}

/** What a panel or query names as its source; either may hold a variable (`${datasource}`). */
export interface DatasourceRef {
  readonly type?: string
  readonly uid?: string
}

export interface Panel {
  /** Unique within the dashboard, rows and their panels included. */
  readonly id: number
  /** Grafana's plugin id: `timeseries`, `row`, … Unknown ones are kept. */
  readonly type: string
  readonly title: string
  readonly description?: string
  readonly gridPos: GridPos
  readonly transparent: boolean
  /** Undefined: the default source. */
  readonly datasource?: DatasourceRef
  readonly targets: readonly Target[]
  /** The panel type's own options, in Grafana's names. */
  readonly options: JsonObject
  readonly fieldConfig: FieldConfig
  readonly transformations: readonly Transformation[]
  readonly links: readonly PanelLink[]
  /** Name of the variable by whose values the panel (or row) is repeated. */
  readonly repeat?: string
  readonly repeatDirection: 'h' | 'v'
  /** With `repeatDirection: 'h'`: at most so many side by side. */
  readonly maxPerRow?: number
  /** Least interval between points (`1m`), may hold a variable. */
  readonly interval?: string
  readonly maxDataPoints?: number
  /** Own relative range (`2h`) and shift into the past (`1d`). */
  readonly timeFrom?: string
  readonly timeShift?: string
  readonly hideTimeOverride: boolean
  readonly libraryPanel?: { readonly uid: string; readonly name: string }
  /** Version of Grafana that wrote the options; decides on later migrations. */
  readonly pluginVersion?: string
  /** Rows only. */
  readonly collapsed?: boolean
  /** Rows only: the panels that a collapsed row hides. */
  readonly panels?: readonly Panel[]
  readonly rest: JsonObject
}

/** One query of a panel; the language's own keys (`expr`, `legendFormat`, `format`, `instant`, …) are in `query`. */
export interface Target {
  readonly refId: string
  readonly hide: boolean
  readonly datasource?: DatasourceRef
  readonly query: JsonObject
}

export interface FieldConfig {
  /** Grafana's FieldConfig: `unit`, `decimals`, `min`, `max`, `mappings`, `thresholds`, `color`, `links`, `custom`, … */
  readonly defaults: JsonObject
  readonly overrides: readonly FieldOverride[]
}

export interface FieldOverride {
  readonly matcher: { readonly id: string; readonly options?: unknown }
  readonly properties: readonly { readonly id: string; readonly value?: unknown }[]
  readonly rest: JsonObject
}

export interface Transformation {
  readonly id: string
  readonly options: JsonObject
  readonly disabled: boolean
  readonly rest: JsonObject
}

export interface PanelLink {
  readonly title: string
  readonly url: string
  readonly targetBlank: boolean
  readonly rest: JsonObject
}

export interface DashboardLink {
  /** `link` leads to `url`; `dashboards` lists the dashboards that carry `tags`. */
  readonly type: 'link' | 'dashboards'
  readonly title: string
  readonly url: string
  readonly icon: string
  readonly tooltip: string
  readonly tags: readonly string[]
  readonly asDropdown: boolean
  readonly includeVars: boolean
  readonly keepTime: boolean
  readonly targetBlank: boolean
  readonly rest: JsonObject
}

export interface AnnotationQuery {
  readonly name: string
  readonly enable: boolean
  readonly hide: boolean
  readonly iconColor: string
  readonly datasource?: DatasourceRef
  /** Grafana's own list of annotations and alerts rather than a query. */
  readonly builtIn: boolean
  /** PromQL: `expr`, `step`, `titleFormat`, `textFormat`, `tagKeys`, `useValueForTime`; Grafana's: `tags`, `limit`, `type`. */
  readonly query: JsonObject
  /** Panels that show it: all but these (`exclude`), or only these. */
  readonly filter?: { readonly exclude: boolean; readonly ids: readonly number[] }
  readonly rest: JsonObject
}

/** A variable's value as it stands: both one text, or both lists of equal length. All is `$__all`. */
export interface VariableCurrent {
  readonly text: string | readonly string[]
  readonly value: string | readonly string[]
}

export interface VariableOption {
  readonly text: string
  readonly value: string
  /** What `${name.key}` reads. */
  readonly properties?: JsonObject
}

interface VariableCommon {
  readonly name: string
  readonly label?: string
  readonly description?: string
  /** 0: shown; 1: shown without its label; 2: hidden; 3: in the menu of controls. */
  readonly hide: 0 | 1 | 2 | 3
  /** Not written to the page's address. */
  readonly skipUrlSync: boolean
  readonly rest: JsonObject
}

/** What variables share that offer a choice. */
export interface Choice {
  /** Undefined until one was chosen. */
  readonly current?: VariableCurrent
  /** Those saved with the dashboard. */
  readonly options: readonly VariableOption[]
  readonly multi: boolean
  readonly includeAll: boolean
  /** What All stands for, taken as it is; undefined: every option. */
  readonly allValue?: string
}

export interface QueryVariable extends VariableCommon, Choice {
  readonly type: 'query'
  readonly datasource?: DatasourceRef
  /** A text (`label_values(up, job)`), or the editor's object with `query`, `qryType`, `refId`. */
  readonly query: string | JsonObject
  readonly definition?: string
  /** `/pattern/flags` or a plain pattern; `''` when none. */
  readonly regex: string
  readonly regexApplyTo: 'value' | 'text'
  /** Grafana's order, 0 (as it comes) to 8. */
  readonly sort: number
  /** 0: never; 1: when the dashboard loads; 2: also when the time range changes. */
  readonly refresh: 0 | 1 | 2
}

export interface CustomVariable extends VariableCommon, Choice {
  readonly type: 'custom'
  /** `a, b, text : value`, or JSON in the newer form. */
  readonly query: string
}

export interface DatasourceVariable extends VariableCommon, Choice {
  readonly type: 'datasource'
  /** The plugin whose sources are offered: `prometheus`. */
  readonly query: string
  readonly regex: string
}

export interface IntervalVariable extends VariableCommon {
  readonly type: 'interval'
  readonly query: string
  readonly current?: VariableCurrent
  readonly options: readonly VariableOption[]
  readonly auto: boolean
  /** Steps the range is divided into. */
  readonly autoCount: number
  /** Least interval of auto: `10s`. */
  readonly autoMin: string
}

/** `constant` and `textbox` hold one text; `current` is what was typed last. */
export interface TextVariable extends VariableCommon {
  readonly type: 'constant' | 'textbox'
  readonly query: string
  readonly current?: VariableCurrent
}

export interface SwitchVariable extends VariableCommon {
  readonly type: 'switch'
  readonly current?: VariableCurrent
  readonly enabledValue: string
  readonly disabledValue: string
}

export interface AdhocFilter {
  readonly key: string
  /** `=`, `!=`, `=~`, `!~`, `=|` (one of), `!=|` (none of), `<`, `>`, `<=`, `>=`. */
  readonly operator: string
  readonly value: string
  /** The values of `=|` and `!=|`. */
  readonly values?: readonly string[]
}

export interface AdhocVariable extends VariableCommon {
  readonly type: 'adhoc'
  readonly datasource?: DatasourceRef
  readonly filters: readonly AdhocFilter[]
  /** Narrow the keys and values offered, and are not added to queries. */
  readonly baseFilters: readonly AdhocFilter[]
}

/** A kind that is not supported (`groupby`, a plugin's own); it is kept, and reported. */
export interface UnknownVariable extends VariableCommon {
  readonly type: 'unknown'
  /** As the file names it. */
  readonly kind: string
  readonly current?: VariableCurrent
}

export type Variable =
  | QueryVariable
  | CustomVariable
  | DatasourceVariable
  | IntervalVariable
  | TextVariable
  | SwitchVariable
  | AdhocVariable
  | UnknownVariable
