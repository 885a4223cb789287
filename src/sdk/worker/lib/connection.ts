export * from '../native-connection.ts';
