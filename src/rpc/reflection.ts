import { create, createRegistry, toBinary } from "@bufbuild/protobuf";
import type {
  DescEnum,
  DescExtension,
  DescFile,
  DescMessage,
  DescService,
  MessageInitShape,
  Registry,
} from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { Code, createServiceImplSpec } from "@connectrpc/connect";
import type { HandlerContext, ServiceImplSpec } from "@connectrpc/connect";
import { requestContextKey } from "./request-context.ts";
import * as v1 from "../../gen/grpc/reflection/v1/reflection_pb.ts";
import * as v1alpha from "../../gen/grpc/reflection/v1alpha/reflection_pb.ts";

type Question = v1.ServerReflectionRequest["messageRequest"];
type Answer = NonNullable<MessageInitShape<typeof v1.ServerReflectionResponseSchema>["messageResponse"]>;

/**
 * Serves reflection, so that clients can call us without a proto file, see
 * https://grpc.io/docs/guides/reflection. Both versions have the same messages under two names.
 */
export function createReflection(services: readonly DescService[]): readonly ServiceImplSpec[] {
  const all = [...services, v1.ServerReflection, v1alpha.ServerReflection];
  const answer = createAnswerer(all);
  return [v1, v1alpha].map(({ ServerReflection, ServerReflectionResponseSchema }) =>
    createServiceImplSpec<typeof v1.ServerReflection>(ServerReflection, {
      serverReflectionInfo: async function* (
        requests: AsyncIterable<v1.ServerReflectionRequest>,
        { values }: HandlerContext,
      ) {
        for await (const request of requests) {
          values.get(requestContextKey)?.messageRead();
          const messageResponse = answer(request.messageRequest);
          yield create(ServerReflectionResponseSchema as typeof v1.ServerReflectionResponseSchema, {
            validHost: request.host,
            originalRequest: request,
            messageResponse,
          });
        }
      },
    }),
  );
}

function createAnswerer(services: readonly DescService[]): (question: Question) => Answer {
  const files = withImports(services.map(({ file }) => file));
  const registry = createRegistry(...files);
  const symbols = indexSymbols(registry);
  const byName = new Map(files.map((file) => [file.proto.name, file]));

  return (question) => {
    switch (question.case) {
      case "listServices":
        return {
          case: "listServicesResponse",
          value: { service: services.map(({ typeName }) => ({ name: typeName })) },
        };
      case "fileByFilename":
        return fileAnswer(byName.get(question.value));
      case "fileContainingSymbol":
        return fileAnswer(symbols.get(question.value));
      case "fileContainingExtension": {
        const { containingType, extensionNumber } = question.value;
        const extendee = registry.getMessage(containingType);
        return fileAnswer(extendee && registry.getExtensionFor(extendee, extensionNumber)?.file);
      }
      case "allExtensionNumbersOfType":
        return extensionsAnswer(registry, registry.getMessage(question.value));
      case undefined:
        return errorAnswer(Code.InvalidArgument, "the request asks for nothing");
    }
  };
}

/** The file of every name that a client may ask for: types, and what they consist of. */
function indexSymbols(registry: Registry): ReadonlyMap<string, DescFile> {
  const files = new Map<string, DescFile>();
  for (const type of registry) {
    for (const name of [type.typeName, ...memberNames(type)]) files.set(name, type.file);
  }
  return files;
}

function memberNames(type: DescMessage | DescEnum | DescExtension | DescService): readonly string[] {
  switch (type.kind) {
    case "message":
      return [...type.fields, ...type.oneofs].map(({ name }) => `${type.typeName}.${name}`);
    case "enum":
      // A value is a sibling of its enum, not its child.
      return type.values.map(({ name }) => type.typeName.replace(/[^.]+$/, name));
    case "service":
      return type.methods.map(({ name }) => `${type.typeName}.${name}`);
    case "extension":
      return [];
  }
}

/** A file comes first, and with it all that it imports, so that a client needs one question. */
function fileAnswer(file: DescFile | undefined): Answer {
  if (file === undefined) return errorAnswer(Code.NotFound, "not found");
  const files = [file, ...withImports(file.dependencies)];
  const fileDescriptorProto = files.map(({ proto }) => toBinary(FileDescriptorProtoSchema, proto));
  return { case: "fileDescriptorResponse", value: { fileDescriptorProto } };
}

function extensionsAnswer(registry: Registry, extendee: DescMessage | undefined): Answer {
  if (extendee === undefined) return errorAnswer(Code.NotFound, "not found");
  const extensionNumber = [...registry]
    .filter((type) => type.kind === "extension" && type.extendee.typeName === extendee.typeName)
    .map((type) => (type.kind === "extension" ? type.number : 0));
  return { case: "allExtensionNumbersResponse", value: { baseTypeName: extendee.typeName, extensionNumber } };
}

function errorAnswer(errorCode: Code, errorMessage: string): Answer {
  return { case: "errorResponse", value: { errorCode, errorMessage } };
}

function withImports(files: readonly DescFile[]): readonly DescFile[] {
  const seen = new Map<string, DescFile>();
  const visit = (file: DescFile): void => {
    if (seen.has(file.name)) return;
    file.dependencies.forEach(visit);
    seen.set(file.name, file);
  };
  files.forEach(visit);
  return [...seen.values()];
}
