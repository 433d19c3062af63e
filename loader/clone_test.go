package loader_test

import (
	"reflect"
	"testing"

	"pageload/conn"
	"pageload/loader"
)

// A setting that Clone forgets is a zero field of the clone.
func TestCloneHasEverySetting(t *testing.T) {
	p := &loader.Profile{}
	v := reflect.ValueOf(p).Elem()
	for i := range v.NumField() {
		if f := v.Type().Field(i); f.IsExported() && f.Name != "Pool" { // see conn.Pool.Like
			set(t, f.Name, v.Field(i))
		}
	}
	c := reflect.ValueOf(p.Clone(0)).Elem()
	for i := range c.NumField() {
		if f := c.Type().Field(i); f.IsExported() && f.Name != "Pool" && c.Field(i).IsZero() {
			t.Errorf("%s is not taken along", f.Name)
		}
	}
}

// What a proxy is told comes from the clone's own store, but where the settings say something else.
func TestCloneLogsInForItself(t *testing.T) {
	p := &loader.Profile{}
	if c := p.Clone(loader.Passwords); p.Pool.Dialer.ProxyLogin == nil || c.Pool.Dialer.ProxyLogin != nil {
		t.Error("the clone has its original's login at proxies")
	}
	p = &loader.Profile{}
	p.Pool.Dialer.ProxyLogin = func(conn.Proxy) conn.ProxyLogin { return nil }
	if c := p.Clone(loader.Passwords); c.Pool.Dialer.ProxyLogin == nil {
		t.Error("the clone lacks its original's setting")
	}
}

// set makes v something that is not zero.
func set(t *testing.T, name string, v reflect.Value) {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(1)
	case reflect.Uint8:
		v.SetUint(1)
	case reflect.Float64:
		v.SetFloat(1)
	case reflect.String:
		v.SetString("x")
	case reflect.Func:
		v.Set(reflect.MakeFunc(v.Type(), func([]reflect.Value) []reflect.Value { return []reflect.Value{reflect.Zero(v.Type().Out(0))} }))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
	case reflect.Struct:
		set(t, name, v.Field(0))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
	default:
		t.Fatalf("what is a %s of %v?", name, v.Kind())
	}
}
