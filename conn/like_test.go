package conn

import (
	"net/netip"
	"reflect"
	"testing"
)

// fill sets every exported field that can be set to something that is not zero.
func fill(t *testing.T, v reflect.Value) {
	for i := range v.NumField() {
		f, name := v.Field(i), v.Type().Field(i)
		if !name.IsExported() || name.Type == reflect.TypeFor[Dialer]() {
			continue
		}
		switch f.Kind() {
		case reflect.Bool:
			f.SetBool(true)
		case reflect.Int, reflect.Int64:
			f.SetInt(7)
		case reflect.Uint8, reflect.Uint16:
			f.SetUint(1)
		case reflect.Func:
			f.Set(reflect.MakeFunc(f.Type(), func([]reflect.Value) []reflect.Value { return nil }))
		case reflect.Slice:
			f.Set(reflect.MakeSlice(f.Type(), 1, 1))
		case reflect.Pointer:
			f.Set(reflect.New(f.Type().Elem()))
		case reflect.Interface:
			switch name.Name {
			case "Resolver":
				f.Set(reflect.ValueOf(struct{ Resolver }{}))
			case "Link":
				f.Set(reflect.ValueOf(struct{ Link }{}))
			default:
				t.Fatalf("what is a %s?", name.Name)
			}
		case reflect.Struct:
			if name.Name == "LocalAddr" {
				f.Set(reflect.ValueOf(netip.MustParseAddr("192.0.2.1")))
			} else {
				f.Field(0).SetUint(1)
			}
		default:
			t.Fatalf("what is a %s of %v?", name.Name, f.Kind())
		}
	}
}

func TestLikeHasEveryField(t *testing.T) {
	var from, to Pool
	fill(t, reflect.ValueOf(&from).Elem())
	fill(t, reflect.ValueOf(&from.Dialer).Elem())
	to.Like(&from)
	for _, v := range []reflect.Value{reflect.ValueOf(&to).Elem(), reflect.ValueOf(&to.Dialer).Elem()} {
		for i := range v.NumField() {
			f := v.Type().Field(i)
			memory := f.Name == "Resumptions" // the other's
			if f.IsExported() && f.Type != reflect.TypeFor[Dialer]() && v.Field(i).IsZero() != memory {
				t.Errorf("%s.%s: zero is %v", v.Type().Name(), f.Name, v.Field(i).IsZero())
			}
		}
	}
}
