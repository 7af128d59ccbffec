import type { Field, FieldExpression, Pipeline, PipelineStage, ScalarExpression } from './ast.ts'
import { printField } from './print.ts'

/** The fields that a pipeline asks spans for or selects, each once, in the order in which they come. */
export function fieldsOf(pipeline: Pipeline): readonly Field[] {
  const found = new Map<string, Field>()
  for (const field of ofStages(pipeline)) found.set(printField(field), field)
  return [...found.values()]
}

function ofStages({ stages }: Pipeline): Field[] {
  return stages.flatMap(ofStage)
}

function ofStage(stage: PipelineStage): readonly Field[] {
  switch (stage.kind) {
    case 'spanset_filter':
      return ofExpression(stage.condition)
    case 'spanset_operation':
      return [...ofStage(stage.left), ...ofStage(stage.right)]
    case 'pipeline':
      return ofStages(stage)
    case 'scalar_filter':
      return [...ofScalar(stage.left), ...ofScalar(stage.right)]
    case 'group_by':
      return ofExpression(stage.expression)
    case 'select':
      return stage.fields
    case 'aggregate':
      return ofScalar(stage)
    default:
      return []
  }
}

function ofScalar(scalar: ScalarExpression): readonly Field[] {
  switch (scalar.kind) {
    case 'aggregate':
      return scalar.operand ? ofExpression(scalar.operand) : []
    case 'scalar_operation':
      return [...ofScalar(scalar.left), ...ofScalar(scalar.right)]
    case 'pipeline':
      return ofStages(scalar)
    default:
      return []
  }
}

function ofExpression(expression: FieldExpression): readonly Field[] {
  switch (expression.kind) {
    case 'attribute':
    case 'intrinsic':
      return [expression]
    case 'exists':
    case 'unary':
      return ofExpression(expression.operand)
    case 'binary':
      return [...ofExpression(expression.left), ...ofExpression(expression.right)]
    default:
      return []
  }
}
