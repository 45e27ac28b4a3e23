import { createServiceImplSpec } from "@connectrpc/connect";
import type { ConnectRouter, MethodImplSpec } from "@connectrpc/connect";

/** A method with its handler. */
export interface Method {
  /** `/package.Service/Method`. */
  readonly path: string;
  readonly spec: MethodImplSpec;
}

/** Finds the methods of the services that `routes` gives to a router. */
export function findMethods(routes: (router: ConnectRouter) => void): readonly Method[] {
  const methods: Method[] = [];
  const router: ConnectRouter = {
    handlers: [],
    service: (service, implementation) => {
      for (const spec of Object.values(createServiceImplSpec(service, implementation).methods)) {
        const path = `/${service.typeName}/${spec.method.name}`;
        methods.push({ path, spec });
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
