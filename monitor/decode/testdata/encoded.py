"""Writes encoded.json: records in other formats, by their own libraries, in hex.

pip install fastavro msgpack cbor2 protobuf
"""
import bz2, io, lzma
import cbor2, fastavro, msgpack
from google.protobuf import struct_pb2
row={"id":"a-17","amount":12.5,"count":300,"note":None,"tags":["x","y"]}
schema=fastavro.parse_schema({"type":"record","name":"p","fields":[{"name":"id","type":"string"},{"name":"amount","type":"double"},{"name":"count","type":"int"},{"name":"note","type":["null","string"]},{"name":"tags","type":{"type":"array","items":"string"}}]})
def avro():
    b=io.BytesIO(); fastavro.schemaless_writer(b,schema,row); return b.getvalue()
def container():
    b=io.BytesIO(); fastavro.writer(b,schema,[row],sync_marker=b"0123456789abcdef"); return b.getvalue()
def single():
    b=io.BytesIO(); fastavro.schemaless_writer(b,schema,row); return b"\xc3\x01"+bytes(range(8))+b.getvalue()
st=struct_pb2.Struct(); st.update({"id":"a-17","amount":12.5})
pb=st.SerializeToString(deterministic=True)
head=b"\0\0\0\0\x2a"
out={"avro_framed":head+avro(),"avro_container":container(),"avro_single":single(),"protobuf_framed":head+b"\0"+pb,"protobuf_nested_framed":head+b"\x04\x02\x00"+pb,"protobuf":pb,"msgpack":msgpack.packb(row),"msgpack_map16":msgpack.packb({f"k{i}":i for i in range(20)}),"cbor":cbor2.dumps(row),"cbor_long":cbor2.dumps({f"k{i}":i for i in range(30)}),"bzip2":bz2.compress(b'{"a":1}'*9),"xz":lzma.compress(b'{"a":1}')}
import json, os
json.dump({k:v.hex() for k,v in out.items()},open(os.path.join(os.path.dirname(__file__), "encoded.json"), "w"),indent=1)
