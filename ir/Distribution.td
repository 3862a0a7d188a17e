// Distribution: processes that exchange tensors, and effects that tokens order. A program runs as each process of a grid of replicas and partitions.
#ifndef INGOT_IR_DISTRIBUTION
#define INGOT_IR_DISTRIBUTION

include "ir/ValueTypes.td"

//--- Tokens and effects

def Ingot_AfterAllOp : Ingot_Op<"after_all", [Pure]> {
  let summary = "A token of what gave all the tokens taken";
  let description = [{
    Lifespan: created by import; simplify removes it, since commands run in their order.
    ```mlir
    func.func @example(%a: !ingot.token, %b: !ingot.token) -> !ingot.token {
      %0 = ingot.after_all (%a, %b) : (!ingot.token, !ingot.token) -> !ingot.token
      return %0 : !ingot.token
    }
    ```
  }];
  let arguments = (ins Variadic<Ingot_TokenType>:$inputs);
  let results = (outs Ingot_TokenType:$result);
  let assemblyFormat = "`(` $inputs `)` attr-dict `:` functional-type(operands, results)";
}

class Ingot_Effect<string mnemonic, list<Trait> traits = []>
    : Ingot_Op<mnemonic, !listconcat([MemoryEffects<[MemRead, MemWrite]>], traits)>;

def Ingot_InfeedOp : Ingot_Effect<"infeed"> {
  let summary = "The next tensors of the process's infeed, and a token";
  let description = [{
    infeed_config is the implementation's.
    (C1) there is a result. (C2) all but the last are tensors. (C3) the last one is a token.
    Lifespan: created by import and interpreted; simplify refuses it, since a compiled program has no infeed.
    ```mlir
    func.func @example(%token: !ingot.token) -> tensor<2x2xi64> {
      %0:2 = ingot.infeed %token : (!ingot.token) -> (tensor<2x2xi64>, !ingot.token)
      return %0#0 : tensor<2x2xi64>
    }
    ```
  }];
  let arguments = (ins Ingot_TokenType:$token, DefaultValuedAttr<StrAttr, "\"\"">:$infeed_config);
  let results = (outs Variadic<Ingot_Value>:$outputs);
  let assemblyFormat = "$token attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def Ingot_OutfeedOp : Ingot_Effect<"outfeed"> {
  let summary = "Writes tensors to the process's outfeed and gives a token";
  let description = [{
    outfeed_config is the implementation's.
    Lifespan: created by import and interpreted; simplify refuses it, since a compiled program has no outfeed.
    ```mlir
    func.func @example(%x: tensor<2xf32>, %token: !ingot.token) -> !ingot.token {
      %0 = ingot.outfeed (%x), %token : (tensor<2xf32>, !ingot.token) -> !ingot.token
      return %0 : !ingot.token
    }
    ```
  }];
  let arguments = (ins Variadic<Ingot_Tensor>:$inputs, Ingot_TokenType:$token, DefaultValuedAttr<StrAttr, "\"\"">:$outfeed_config);
  let results = (outs Ingot_TokenType:$result);
  let assemblyFormat = "`(` $inputs `)` `,` $token attr-dict `:` functional-type(operands, results)";
}

// C1 to C5 of send and recv.
defvar Ingot_ChannelConstraints = [{
    Between devices a value goes from each source process to the target paired with it, counted by replicas where channel_id is at most 0 and
    by partitions else; to and from a host it goes by the channel alone. What is sent first is received first.
    (C1) source_target_pairs has two columns. (C2) sources are unique. (C3) targets are unique. (C4) none is negative, or (when it runs)
    beyond the grid. }];

def Ingot_SendOp : Ingot_Effect<"send"> {
  let summary = "Sends tensors into a channel and gives a token";
  let description = !strconcat(Ingot_ChannelConstraints, [{(C5) channel_type is 2, to a host, where is_host_transfer, and 1, to a device, else.
    Lifespan: created by import and interpreted; simplify refuses it, since a compiled program is one process without a host.
    ```mlir
    func.func @example(%x: tensor<2xf32>, %token: !ingot.token) -> !ingot.token {
      %0 = ingot.send (%x), %token channel = 1 type = 2 {is_host_transfer} : (tensor<2xf32>, !ingot.token) -> !ingot.token
      return %0 : !ingot.token
    }
    ```
  }]);
  let arguments = (ins Variadic<Ingot_Tensor>:$inputs, Ingot_TokenType:$token, I64Attr:$channel_id, I64Attr:$channel_type,
                       UnitAttr:$is_host_transfer, OptionalAttr<I64ElementsAttr>:$source_target_pairs);
  let results = (outs Ingot_TokenType:$result);
  let assemblyFormat = [{ `(` $inputs `)` `,` $token `channel` `=` $channel_id `type` `=` $channel_type
                          (`pairs` `=` $source_target_pairs^)? attr-dict `:` functional-type(operands, results) }];
  let hasVerifier = 1;
}

def Ingot_RecvOp : Ingot_Effect<"recv"> {
  let summary = "The tensors that were sent into a channel, and a token";
  let description = !strconcat(Ingot_ChannelConstraints, [{(C5) channel_type is 3, from a host, where is_host_transfer, and 1, from a device, else.
    (C6) there is a result, the last one is a token and the others are tensors.
    Lifespan: created by import and interpreted; simplify refuses it, since a compiled program is one process without a host.
    ```mlir
    func.func @example(%token: !ingot.token) -> tensor<2xf32> {
      %0:2 = ingot.recv %token channel = 1 type = 3 {is_host_transfer} : (!ingot.token) -> (tensor<2xf32>, !ingot.token)
      return %0#0 : tensor<2xf32>
    }
    ```
  }]);
  let arguments = (ins Ingot_TokenType:$token, I64Attr:$channel_id, I64Attr:$channel_type, UnitAttr:$is_host_transfer,
                       OptionalAttr<I64ElementsAttr>:$source_target_pairs);
  let results = (outs Variadic<Ingot_Value>:$outputs);
  let assemblyFormat = [{ $token `channel` `=` $channel_id `type` `=` $channel_type (`pairs` `=` $source_target_pairs^)? attr-dict
                          `:` functional-type(operands, results) }];
  let hasVerifier = 1;
}

//--- The process

class Ingot_ProcessId<string mnemonic, string what> : Ingot_Op<mnemonic, [Pure, DeclareOpInterfaceMethods<InferTypeOpInterface>]> {
  let summary = !strconcat("The ", what, " that the process is, from 0");
  let description = !strconcat([{
    Lifespan: created by import; simplify makes it 0, the one process that a compiled program is.
    ```mlir
    func.func @example() -> tensor<ui32> {
      %0 = ingot.}], mnemonic, [{
      return %0 : tensor<ui32>
    }
    ```
  }]);
  let results = (outs Ingot_TensorOf<[UI32]>:$result);
  let assemblyFormat = "attr-dict";
}
def Ingot_ReplicaIdOp : Ingot_ProcessId<"replica_id", "replica">;
def Ingot_PartitionIdOp : Ingot_ProcessId<"partition_id", "partition">;

//--- Collective ops

defvar Ingot_CollectiveLifespan = [{
    Lifespan: created by import; simplify makes it what it is for one process, and refuses groups of several.}];
defvar Ingot_AllGroups = [{
    Groups are rows of ids: of replicas, all processes of which belong to the group, where channel_id is positive and
    use_global_device_ids not set; of replicas, one group for each partition, where channel_id is at most 0; of processes, replica times the
    number of partitions plus partition, where use_global_device_ids is set. A row may end in -1s; none at all means all ids in one group. }];
defvar Ingot_SomeGroups = [{
    Groups are rows of ids: of replicas, one group for each partition, where channel_id is at most 0; of partitions, one group for each
    replica, where it is positive. A row may end in -1s; none at all means all ids in one group. }];

class Ingot_Collective<string mnemonic, list<Trait> traits = []> : Ingot_Op<mnemonic, traits> { let hasVerifier = 1; }

def Ingot_AllGatherOp : Ingot_Collective<"all_gather"> {
  let summary = "The operands of the group's processes, one after another along all_gather_dim";
  let description = !strconcat(Ingot_AllGroups, [{(C1) 0 <= all_gather_dim < rank. (C2) ids are unique. (C3) they are those of the grid, when it runs.
    (C4) none is negative. (C5) use_global_device_ids needs a positive channel_id. (C6) results have the operands' types, but all_gather_dim
    is as many times larger as a group has processes.}], Ingot_CollectiveLifespan, [{
    ```mlir
    func.func @example(%x: tensor<2x2xi64>) -> tensor<2x4xi64> {
      %0 = ingot.all_gather (%x) dim = 1 groups = dense<[[0, 1]]> : tensor<1x2xi64> : (tensor<2x2xi64>) -> tensor<2x4xi64>
      return %0 : tensor<2x4xi64>
    }
    ```
  }]);
  let arguments = (ins Variadic<Ingot_Tensor>:$inputs, I64Attr:$all_gather_dim, I64ElementsAttr:$replica_groups,
                       DefaultValuedAttr<I64Attr, "0">:$channel_id, UnitAttr:$use_global_device_ids);
  let results = (outs Variadic<Ingot_Tensor>:$outputs);
  let assemblyFormat = [{ `(` $inputs `)` `dim` `=` $all_gather_dim `groups` `=` $replica_groups attr-dict
                          `:` functional-type(operands, results) }];
}

class Ingot_ReducingCollective<string mnemonic>
    : Ingot_Collective<mnemonic, [IsolatedFromAbove, SingleBlockImplicitTerminator<"::ingot::ReturnOp">]>;

def Ingot_AllReduceOp : Ingot_ReducingCollective<"all_reduce"> {
  let summary = "The operands of the group's processes combined by the body";
  let description = !strconcat(Ingot_AllGroups, [{Processes combine in the group's order, whatever the tree: the body must be associative.
    (C1) ids are unique. (C2) they are those of the grid, when it runs. (C3) none is negative. (C4) use_global_device_ids needs a positive
    channel_id. (C5) the body takes two scalars of one type and returns one; the operands' element types are that or narrower of the same
    kind. (C6) results have the operands' dims. (C7) they hold what the body returns.}], Ingot_CollectiveLifespan, [{
    ```mlir
    func.func @example(%x: tensor<4xi64>) -> tensor<4xi64> {
      %0 = ingot.all_reduce (%x) groups = dense<[[0, 1]]> : tensor<1x2xi64> : (tensor<4xi64>) -> tensor<4xi64> {
      ^bb0(%a: tensor<i64>, %b: tensor<i64>):
        %1 = ingot.add %a, %b : tensor<i64>
        ingot.return %1 : tensor<i64>
      }
      return %0 : tensor<4xi64>
    }
    ```
  }]);
  let arguments = (ins Variadic<Ingot_Tensor>:$inputs, I64ElementsAttr:$replica_groups,
                       DefaultValuedAttr<I64Attr, "0">:$channel_id, UnitAttr:$use_global_device_ids);
  let results = (outs Variadic<Ingot_Tensor>:$outputs);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "`(` $inputs `)` `groups` `=` $replica_groups attr-dict `:` functional-type(operands, results) $body";
}

def Ingot_ReduceScatterOp : Ingot_ReducingCollective<"reduce_scatter"> {
  let summary = "This process's part, along scatter_dimension, of the group's operands combined by the body";
  let description = !strconcat(Ingot_AllGroups, [{(C1) scatter_dimension is a multiple of a group's processes. (C2) 0 <= scatter_dimension < rank.
    (C3) ids are unique. (C4) they are those of the grid, when it runs. (C5) none is negative. (C6) use_global_device_ids needs a positive
    channel_id. (C7) the body takes two scalars of one type and returns one; the operand's element type is that or a narrower one of the same
    kind. (C8) the result has the operand's dims, but scatter_dimension is divided by a group's processes. (C9) it holds what the body
    returns.}], Ingot_CollectiveLifespan, [{
    ```mlir
    func.func @example(%x: tensor<2x4xi64>) -> tensor<2x2xi64> {
      %0 = ingot.reduce_scatter %x dim = 1 groups = dense<[[0, 1]]> : tensor<1x2xi64> : (tensor<2x4xi64>) -> tensor<2x2xi64> {
      ^bb0(%a: tensor<i64>, %b: tensor<i64>):
        %1 = ingot.add %a, %b : tensor<i64>
        ingot.return %1 : tensor<i64>
      }
      return %0 : tensor<2x2xi64>
    }
    ```
  }]);
  let arguments = (ins Ingot_Tensor:$operand, I64Attr:$scatter_dimension, I64ElementsAttr:$replica_groups,
                       DefaultValuedAttr<I64Attr, "0">:$channel_id, UnitAttr:$use_global_device_ids);
  let results = (outs Ingot_Tensor:$result);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{ $operand `dim` `=` $scatter_dimension `groups` `=` $replica_groups attr-dict
                          `:` functional-type(operands, results) $body }];
}

def Ingot_AllToAllOp : Ingot_Collective<"all_to_all"> {
  let summary = "Part i of each operand, cut along split_dimension, goes to the group's process i, which puts what it gets behind each other along concat_dimension";
  let description = !strconcat(Ingot_SomeGroups, [{(C1) 0 <= split_dimension < rank. (C2) the operands' dim is a multiple of split_count.
    (C3) 0 <= concat_dimension < rank. (C4) split_count >= 1. (C5) ids are unique. (C6) they are those of the grid, when it runs. (C7) none is
    negative. (C8) a group has split_count processes. (C9) results have the operands' types; where the two dims differ, split_dimension is
    divided and concat_dimension multiplied by split_count.}], Ingot_CollectiveLifespan, [{
    ```mlir
    func.func @example(%x: tensor<2x4xi64>) -> tensor<4x2xi64> {
      %0 = ingot.all_to_all (%x) split = 1 concat = 0 count = 2 groups = dense<[[0, 1]]> : tensor<1x2xi64> : (tensor<2x4xi64>) -> tensor<4x2xi64>
      return %0 : tensor<4x2xi64>
    }
    ```
  }]);
  let arguments = (ins Variadic<Ingot_Tensor>:$inputs, I64Attr:$split_dimension, I64Attr:$concat_dimension, I64Attr:$split_count,
                       I64ElementsAttr:$replica_groups, DefaultValuedAttr<I64Attr, "0">:$channel_id);
  let results = (outs Variadic<Ingot_Tensor>:$outputs);
  let assemblyFormat = [{ `(` $inputs `)` `split` `=` $split_dimension `concat` `=` $concat_dimension `count` `=` $split_count
                          `groups` `=` $replica_groups attr-dict `:` functional-type(operands, results) }];
}

def Ingot_CollectiveBroadcastOp : Ingot_Collective<"collective_broadcast"> {
  let summary = "The operands of the group's first process; zeros where a process is in no group";
  let description = !strconcat(Ingot_SomeGroups, [{With has_dynamic_root the last operand has, for each other one, the place in the group of the process
    that gives it.
    (C1) ids are unique. (C2) none is negative, or (when it runs) beyond the grid. (C3) without has_dynamic_root there is an operand and the
    results have the operands' types. (C4) with it there are two, the last one is a vector of an i32 for each of the others, whose types the
    results have. (C5) there are as many results as operands, without that vector. (C6) its elements are places of the group, when it runs.
    }], Ingot_CollectiveLifespan, [{
    ```mlir
    func.func @example(%x: tensor<1x2xi64>) -> tensor<1x2xi64> {
      %0 = ingot.collective_broadcast (%x) groups = dense<[[2, 1]]> : tensor<1x2xi64> : (tensor<1x2xi64>) -> tensor<1x2xi64>
      return %0 : tensor<1x2xi64>
    }
    ```
  }]);
  let arguments = (ins Variadic<Ingot_Tensor>:$inputs, I64ElementsAttr:$replica_groups, DefaultValuedAttr<I64Attr, "0">:$channel_id,
                       UnitAttr:$has_dynamic_root);
  let results = (outs Variadic<Ingot_Tensor>:$outputs);
  let assemblyFormat = "`(` $inputs `)` `groups` `=` $replica_groups attr-dict `:` functional-type(operands, results)";
}

def Ingot_CollectivePermuteOp : Ingot_Collective<"collective_permute", [AllTypesMatch<["operand", "result"]>]> {
  let summary = "The operand of the process that is paired with this one as its source; zeros where none is";
  let description = !strconcat([{
    Sources and targets are replicas, pairs holding in each partition, where channel_id is at most 0; partitions, in each replica, where it
    is positive.
    (C1) source_target_pairs has two columns. (C2) sources are unique. (C3) targets are unique. (C4) none is negative, or (when it runs)
    beyond the grid. (C5) the result has the operand's type.}], Ingot_CollectiveLifespan, [{
    ```mlir
    func.func @example(%x: tensor<2x2xi64>) -> tensor<2x2xi64> {
      %0 = ingot.collective_permute %x pairs = dense<[[0, 1], [1, 2]]> : tensor<2x2xi64> : (tensor<2x2xi64>) -> tensor<2x2xi64>
      return %0 : tensor<2x2xi64>
    }
    ```
  }]);
  let arguments = (ins Ingot_Tensor:$operand, I64ElementsAttr:$source_target_pairs, DefaultValuedAttr<I64Attr, "0">:$channel_id);
  let results = (outs Ingot_Tensor:$result);
  let assemblyFormat = "$operand `pairs` `=` $source_target_pairs attr-dict `:` functional-type(operands, results)";
}

//--- Asynchronous execution

def Ingot_AsyncStartOp : Ingot_Op<"async_start", [RecursiveMemoryEffects, IsolatedFromAbove, SingleBlockImplicitTerminator<"::ingot::ReturnOp">]> {
  let summary = "Starts the one operation of the body, whose results async_done waits for";
  let description = [{
    (C1) the body holds one operation and a return of its results. (C2) the operation is a collective one, slice, dynamic_slice or
    dynamic_update_slice. (C3) the body takes the operands and gives them to the operation in their order. (C4) the result is the future of
    what the operation gives.
    Lifespan: created by import; simplify puts the operation in its place, since commands run in their order.
    ```mlir
    func.func @example(%x: tensor<8x2xf32>) -> tensor<8x4xf32> {
      %0 = ingot.async_start (%x) : (tensor<8x2xf32>) -> !ingot.future<tensor<8x4xf32>> {
      ^bb0(%a: tensor<8x2xf32>):
        %2 = ingot.all_gather (%a) dim = 1 groups = dense<[[0, 1]]> : tensor<1x2xi64> : (tensor<8x2xf32>) -> tensor<8x4xf32>
        ingot.return %2 : tensor<8x4xf32>
      }
      %1 = ingot.async_done %0 : (!ingot.future<tensor<8x4xf32>>) -> tensor<8x4xf32>
      return %1 : tensor<8x4xf32>
    }
    ```
  }];
  let arguments = (ins Variadic<Ingot_Tensor>:$inputs);
  let results = (outs Ingot_FutureType:$result);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "`(` $inputs `)` attr-dict `:` functional-type(operands, results) $body";
  let hasVerifier = 1;
}

def Ingot_AsyncDoneOp : Ingot_Op<"async_done", [Pure]> {
  let summary = "The results of an operation that async_start started";
  let description = [{
    (C1) the results have the types of the future.
    Lifespan: that of the async_start it waits for.
    ```mlir
    func.func @example(%future: !ingot.future<tensor<2xf32>>) -> tensor<2xf32> {
      %0 = ingot.async_done %future : (!ingot.future<tensor<2xf32>>) -> tensor<2xf32>
      return %0 : tensor<2xf32>
    }
    ```
  }];
  let arguments = (ins Ingot_FutureType:$operand);
  let results = (outs Variadic<Ingot_Tensor>:$outputs);
  let assemblyFormat = "$operand attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

#endif
