import { createServiceImplSpec } from "@connectrpc/connect";
import type { ConnectRouter, MethodImplSpec } from "@connectrpc/connect";

/** A unary method with its handler. */
export interface UnaryMethod {
  /** `/package.Service/Method`. */
  readonly path: string;
  readonly spec: Extract<MethodImplSpec, { readonly kind: "unary" }>;
}

/** Finds the unary methods of the services that `routes` gives to a router. */
export function findUnaryMethods(routes: (router: ConnectRouter) => void): readonly UnaryMethod[] {
  const methods: UnaryMethod[] = [];
  const router: ConnectRouter = {
    handlers: [],
    service: (service, implementation) => {
      for (const spec of Object.values(createServiceImplSpec(service, implementation).methods)) {
        const path = `/${service.typeName}/${spec.method.name}`;
        if (spec.kind === "unary") methods.push({ path, spec });
      }
      return router;
    },
    rpc: () => {
      throw new Error("a method has been given without its service");
    },
  };
  routes(router);
  return methods;
}
