/** What a field can be configured with. Grafana keeps that list outside of its packages; here is what ours use. */
import {
  Field, FieldConfigPropertyItem, FieldType, dataLinksOverrideProcessor, displayNameOverrideProcessor,
  identityOverrideProcessor, numberOverrideProcessor, standardEditorsRegistry, standardFieldConfigEditorRegistry,
  standardTransformers, standardTransformersRegistry, stringOverrideProcessor, thresholdsOverrideProcessor,
  unitOverrideProcessor, valueMappingsOverrideProcessor,
} from '@grafana/data';

const STANDARD: Record<string, any> = {
  unit: unitOverrideProcessor,
  min: numberOverrideProcessor,
  max: numberOverrideProcessor,
  decimals: numberOverrideProcessor,
  displayName: displayNameOverrideProcessor,
  color: identityOverrideProcessor,
  noValue: stringOverrideProcessor,
  links: dataLinksOverrideProcessor,
  mappings: valueMappingsOverrideProcessor,
  thresholds: thresholdsOverrideProcessor,
  filterable: identityOverrideProcessor,
};

const NUMBERS_ONLY = new Set(['min', 'max', 'thresholds']);

const CUSTOM = ['align', 'axisSoftMax', 'axisSoftMin', 'cellOptions', 'drawStyle', 'fillOpacity', 'filterable',
  'lineWidth', 'minWidth', 'showPoints', 'spanNulls', 'stacking', 'thresholdsStyle', 'width', 'wrapHeaderText'];

function property(id: string, path: string, isCustom: boolean, process: any): FieldConfigPropertyItem<any, any, any> {
  const shouldApply = (field: Field) => !NUMBERS_ONLY.has(id) || field.type === FieldType.number;
  const none = () => null;
  return { id, path, name: id, description: '', isCustom, process, settings: {}, editor: none, override: none,
    shouldApply } as any;
}

export function register(): void {
  standardEditorsRegistry.setInit(() => []);
  standardFieldConfigEditorRegistry.setInit(() => [
    ...Object.entries(STANDARD).map(([id, process]) => property(id, id, false, process)),
    ...CUSTOM.map((name) => property(`custom.${name}`, name, true, identityOverrideProcessor)),
  ]);
  // One of them is there twice, under its old name too.
  const transformers = new Map(Object.values(standardTransformers).map((one: any) => [one.id, one]));
  standardTransformersRegistry.setInit(() => [...transformers.values()].map((one) => (
    { id: one.id, name: one.name, transformation: one, editor: () => null } as any)));
}

/** What a panel sets and nothing here would obey; drawn all the same, the picture would lie. */
export function unknownProperties(panel: any): string[] {
  const { defaults, overrides } = panel.fieldConfig;
  const { custom = {}, ...standard } = defaults;
  const set = [...Object.keys(standard), ...Object.keys(custom).map((name) => `custom.${name}`),
    ...overrides.flatMap((rule: any) => rule.properties.map((one: any) => one.id))];
  return set.filter((id) => !standardFieldConfigEditorRegistry.getIfExists(id));
}
