/** A measured number with the bound it is held to, if any. */
export interface Figure {
  value: number;
  unit: string;
  bound?: { relation: '<=' | '>='; value: number };
}

export type Figures = Record<string, Figure>;
