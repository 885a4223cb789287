export * from '../grpc-retry.ts';
