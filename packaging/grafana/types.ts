// SPDX-License-Identifier: Apache-2.0
// What a dashboard of ours is, by Grafana's own types: check-types puts each dashboard behind it as a constant of type Ours.
import type { Dashboard, AnnotationQuery, VariableModel, Panel, RowPanel, DataQuery } from '@grafana/schema';

// Enumerations by their values, since JSON has no names for them.
type Plain<T> = T extends string ? `${T}` : T extends Function ? T : T extends (infer U)[] ? Plain<U>[] : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;
// What the stores' own plug-ins add to a query, which @grafana/schema leaves to them.
type Influx = { query: string; rawQuery?: boolean; resultFormat?: 'time_series' | 'table'; alias?: string; fromAnnotations?: boolean; textEditor?: boolean; textColumn?: string; tagsColumn?: string };
type Prometheus = { expr: string; instant: boolean; range: boolean; editorMode: 'code'; format: 'time_series' | 'table'; legendFormat: string };
type Sql = { rawSql: string; rawQuery: boolean; editorMode?: 'code'; format: 'time_series' | 'table' };
type Target = Plain<DataQuery> & { refId: string } & (Influx | Prometheus | Sql);
type Mark = Omit<Plain<AnnotationQuery>, 'target'> & { target?: Target; expr?: string; step?: string; titleFormat?: string; textFormat?: string; tagKeys?: string; useValueForTime?: boolean };
type Variable = Omit<Plain<VariableModel>, 'current'> & { current: Plain<VariableModel>['current'] | {}; definition?: string };
type Drawn = Omit<Plain<Panel>, 'targets'> & { targets: Target[]; id: number; description: string; gridPos: Required<Plain<Panel>>['gridPos'] };
export type Ours = Omit<Plain<Dashboard>, 'panels' | 'templating' | 'annotations' | 'id'> & { id: null; uid: string; panels: (Drawn | Plain<RowPanel>)[]; templating: { list: Variable[] }; annotations: { list: Mark[] } };
