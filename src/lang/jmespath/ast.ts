export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>='

/** An expression of JMESPath (https://jmespath.org/specification.html). A projection applies `right` to each item that `left` gives. */
export type Node =
  | { readonly kind: 'current' }
  | { readonly kind: 'field'; readonly name: string; readonly start: number }
  | { readonly kind: 'literal'; readonly value: unknown }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'slice'; readonly from?: number; readonly to?: number; readonly step: number }
  | { readonly kind: 'sub'; readonly left: Node; readonly right: Node }
  | { readonly kind: 'pipe'; readonly left: Node; readonly right: Node }
  | { readonly kind: 'flatten'; readonly of: Node }
  | { readonly kind: 'projection'; readonly left: Node; readonly right: Node }
  | { readonly kind: 'values'; readonly left: Node; readonly right: Node }
  | { readonly kind: 'filter'; readonly left: Node; readonly right: Node; readonly test: Node }
  | { readonly kind: 'or'; readonly left: Node; readonly right: Node }
  | { readonly kind: 'and'; readonly left: Node; readonly right: Node }
  | { readonly kind: 'not'; readonly of: Node }
  | { readonly kind: 'compare'; readonly op: Comparison; readonly left: Node; readonly right: Node }
  | { readonly kind: 'list'; readonly items: readonly Node[] }
  | { readonly kind: 'hash'; readonly entries: readonly (readonly [string, Node])[] }
  | { readonly kind: 'reference'; readonly of: Node }
  | {
      readonly kind: 'call'
      readonly name: string
      readonly args: readonly Node[]
      readonly start: number
    }
