/** How a value of a certain type is converted: for payload converters that need to know more than the value shows. */

/** @experimental */
export interface TypeInfo<T = unknown, D = T> {
  /** Between the application's type and the plain one that the payload converter takes. */
  transferTypeConverter?: TransferTypeConverter<T, D>;
  /** Which converter to use. */
  payloadConverterHint?: ConverterHint<D>;
}

/** @experimental */
export interface TransferTypeConverter<T, D = unknown> {
  fromTransferType(value: D): T;
  toTransferType(value: T): D;
}

declare const valueTypeBrand: unique symbol;

/** @experimental */
export interface ConverterHint<T = unknown> {
  converter: string;
  [valueTypeBrand]?: T;
}

/** @experimental */
export interface PayloadTypeInfo {
  inputTypes?: readonly TypeInfo[];
  outputType?: TypeInfo;
}
